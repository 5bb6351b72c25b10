/** A choice of one among few, as a row of joined buttons; arrow keys move, as in any radio group. */

import { useId } from "preact/hooks";

interface Props {
  label: string;
  value: string;
  options: readonly (readonly [value: string, text: string])[];
  onChange(value: string): void;
}

export function Segments({ label, value, options, onChange }: Props) {
  const name = useId();
  return (
    <fieldset class="segments" aria-label={label}>
      {options.map(([option, text]) => (
        <label key={option}>
          <input
            type="radio"
            name={name}
            value={option}
            checked={option === value}
            onChange={() => onChange(option)}
          />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}
