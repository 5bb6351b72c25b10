/** The states of the breathing machine: their names per protocol version and the colour family of each. */

/** Colour families; the style sheet gives each its colours as `--phase-…`. */
export type Family = "rest" | "fill" | "inhale" | "hold" | "exhale" | "clean" | "other";

const A0 = [
  ...["IDLE", "BUFF_PREFILL", "BUFF_FILL", "BUFF_LOADED", "BUFF_PRE_INHALE", "INHALE", "PAUSE", "EXHALE_FILL"],
  ...["EXHALE", "BUFF_PURGE", "BUFF_FLUSH"],
];
const A1 = [
  ...["IDLE", "CALIBRATION", "BUFF_PREFILL", "BUFF_FILL", "BUFF_LOADED", "BUFF_PRE_INHALE", "INHALE", "PAUSE"],
  ...["EXHALE_FILL", "EXHALE", "STOP", "BUFF_PURGE", "BUFF_FLUSH"],
];
const AE = [
  ...["IDLE", "CALIBRATION", "BUFF_PREFILL", "BUFF_FILL", "BUFF_PRE_INHALE", "INHALE", "PAUSE", "EXHALE", "STOP"],
  ...["BUFF_PURGE", "BUFF_FLUSH", "STANDBY"],
];
const B6 = ["IDLE", "PRE_CALIBRATION", ...AE.slice(1)];

function numbered(names: readonly string[], first: number): Map<number, string> {
  return new Map(names.map((name, index) => [index + first, name]));
}

/** State number to name, in the order in which the machine passes them (wire/hev.md section 5). */
export function phaseNames(version: number): Map<number, string> {
  if (version === 0xa0) return numbered(A0, 0);
  if (version === 0xa1 || version === 0xaa) return numbered(A1, 1);
  if (version === 0xac) return numbered([...A1, "STANDBY"], 1);
  return numbered(version === 0xb6 ? B6 : AE, 1);
}

const FAMILIES: Record<string, Family> = {
  IDLE: "rest",
  STOP: "rest",
  STANDBY: "rest",
  CALIBRATION: "other",
  PRE_CALIBRATION: "other",
  BUFF_PREFILL: "fill",
  BUFF_FILL: "fill",
  BUFF_LOADED: "hold",
  BUFF_PRE_INHALE: "hold",
  INHALE: "inhale",
  PAUSE: "hold",
  EXHALE_FILL: "exhale",
  EXHALE: "exhale",
  BUFF_PURGE: "clean",
  BUFF_FLUSH: "clean",
};

export function familyOf(name: string): Family {
  return FAMILIES[name] ?? "other";
}

/** `BUFF_PRE_INHALE` → `buffer pre-inhale`. */
export function phaseText(name: string): string {
  return name.toLowerCase().replace("buff_", "buffer ").replace("pre_", "pre-").replaceAll("_", " ");
}

/** The name of a state number; the server's own word wins, since it decodes the frames. */
export function phaseName(names: ReadonlyMap<number, string>, state: number | null, told?: string | null): string {
  if (state === null) return "–";
  return told ?? names.get(state) ?? `STATE ${state}`;
}
