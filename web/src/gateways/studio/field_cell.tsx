/** One service or device of a table in a grid: label, sign and word. */

import { codeOf, fieldText, labelOf, lookOf, valueText } from "./fields";
import { ValueMark } from "./marks";
import type { TableField } from "./table";

/** The classes that say how a field has to look; shared by tiles, cards and the page. */
export function fieldClass(field: TableField): string {
  return [
    `value-${lookOf(field.base)}`,
    field.bad && !field.ignored ? "value-bad" : "",
    field.stale ? "value-stale" : "",
    field.ignored ? "value-ignored" : "",
    field.changed_at === null ? "value-unset" : "",
  ]
    .filter(Boolean)
    .join(" ");
}

export function FieldCells({ fields, hasWords = true }: { fields: readonly TableField[]; hasWords?: boolean }) {
  return (
    <ul class={`field-cells ${hasWords ? "" : "field-cells-short"}`}>
      {fields.map((field) => (
        <li
          key={field.key}
          class={`field-cell ${fieldClass(field)}`}
          title={fieldText(field)}
          data-field={field.key}
          data-value={field.value}
        >
          <span class="field-label" aria-label={labelOf(field.key)}>
            {hasWords ? labelOf(field.key) : codeOf(field.key)}
          </span>
          <span class="field-value">
            <ValueMark look={lookOf(field.base)} />
            <span class={hasWords ? "field-word" : "unseen"}>{valueText(field.value)}</span>
            {field.stale && <span class="unseen">stale</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
