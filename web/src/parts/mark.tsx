/** The product's mark: a signal beside the line. */

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <path class="mark-line" d="M2 24h28M11 24V12" />
      <circle class="mark-lamp" cx="11" cy="8.5" r="4.6" />
      <circle class="mark-station" cx="22" cy="24" r="3.4" />
    </svg>
  );
}
