/** What the fields of a sample are called on the page, and which kinds of fields there are. */

/** One field of the topic `gateway/unit/profile`. */
export interface Field {
  name: string;
  unit: string;
}

export interface Profile {
  version: number;
  fields: Field[];
}

const LABELS: Record<string, string> = {
  pressure_inhale: "Inhale pressure",
  pressure_patient: "Patient pressure",
  pressure_buffer: "Buffer pressure",
  pressure_air_supply: "Air supply",
  pressure_air_regulated: "Air regulated",
  pressure_o2_supply: "O₂ supply",
  pressure_o2_regulated: "O₂ regulated",
  pressure_diff_patient: "Patient difference",
  temperature_buffer: "Buffer temperature",
  airway_pressure: "Airway pressure",
  ambient_pressure: "Ambient pressure",
  ambient_temperature: "Ambient temperature",
  target_pressure: "Target pressure",
  process_pressure: "Process pressure",
  flow_calc: "Calculated flow",
  valve_duty_cycle: "Valve duty cycle",
  readback_valve_air_in: "Air in",
  readback_valve_o2_in: "O₂ in",
  readback_valve_inhale: "Inhale",
  readback_valve_exhale: "Exhale",
  readback_valve_purge: "Purge",
  readback_mode: "Mode",
};

export function labelOf(name: string): string {
  const words = name.replaceAll("_", " ");
  return LABELS[name] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

const VALVE = /^readback_valve_/;

export function isValve(name: string): boolean {
  return VALVE.test(name);
}

/** Fields with a state in place of a reading; they are shown as words and lamps. */
export function isReading(name: string): boolean {
  return name !== "fsm_state" && name !== "version" && name !== "readback_mode" && !isValve(name);
}

// Version 0xA0, lab cycle mode (wire/hev.md section 5).
const MODES = ["BREATHE", "PURGE", "FLUSH"];

export function modeText(value: number): string {
  return MODES[value] ?? `mode ${value}`;
}

/** Traces that are drawn when nobody chose others, as far as the profile has them. */
export const TRACES_FIRST = ["pressure_inhale", "pressure_patient", "pressure_buffer"];

// More traces than this leave each too low to read.
export const TRACES_MAX = 6;

/** The chosen traces that the profile has; the first ones when none is left. */
export function tracesOf(profile: Profile, chosen: readonly string[]): string[] {
  const names = new Set(profile.fields.map((field) => field.name).filter(isReading));
  const found = chosen.filter((name) => names.has(name)).slice(0, TRACES_MAX);
  if (found.length) return found;
  const first = TRACES_FIRST.filter((name) => names.has(name));
  return first.length ? first : [...names].slice(0, TRACES_FIRST.length);
}
