/** The alarms in words. The priority comes with each alarm from the server. */

export type Priority = "high" | "medium" | "low";

/** One alarm of the topic `gateway/unit/alarms`, oldest first. */
export interface Alarm {
  name: string;
  code: number | null;
  priority: Priority;
  source?: string;
  text?: string;
  since: string;
  count: number;
  last: string;
  recorded: boolean;
}

const WORDS: Record<string, string> = {
  APNEA: "Apnea",
  CHECK_VALVE_EXHALE: "Check exhale valve",
  CHECK_P_PATIENT: "Check patient pressure",
  EXPIRATION_SENSE_FAULT_OR_LEAK: "Expiration sensor fault or leak",
  EXPIRATION_VALVE_LEAK: "Expiration valve leaks",
  HIGH_FIO2: "High FiO₂",
  HIGH_PRESSURE: "High pressure",
  HIGH_RR: "High respiratory rate",
  HIGH_VTE: "High exhaled volume",
  LOW_VTE: "Low exhaled volume",
  HIGH_VTI: "High inhaled volume",
  LOW_VTI: "Low inhaled volume",
  INTENTIONAL_STOP: "Stopped on purpose",
  LOW_BATTERY: "Low battery",
  LOW_FIO2: "Low FiO₂",
  OCCLUSION: "Occlusion",
  HIGH_PEEP: "High PEEP",
  LOW_PEEP: "Low PEEP",
  AC_POWER_DISCONNECTION: "Mains power disconnected",
  BATTERY_FAULT_SRVC: "Battery fault, service needed",
  BATTERY_CHARGE: "Battery charge",
  AIR_FAIL: "Air supply failed",
  O2_FAIL: "O₂ supply failed",
  PRESSURE_SENSOR_FAULT: "Pressure sensor fault",
  ARDUINO_FAIL: "Controller failed or silent",
  ALARM_TEST: "Alarm test",
  HIGH_VME: "High exhaled minute volume",
  LOW_VME: "Low exhaled minute volume",
  HIGH_VMI: "High inhaled minute volume",
  LOW_VMI: "Low inhaled minute volume",
  EXTENDED_HIGH_PRESSURE: "High pressure for long",
};

export function alarmWords(name: string): string {
  const plain = name.replaceAll("_", " ").toLowerCase();
  return WORDS[name] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

const RANK: Record<Priority, number> = { high: 3, medium: 2, low: 1 };

/** The most urgent priority of a list, or null of an empty one. */
export function worstPriority(alarms: readonly Alarm[]): Priority | null {
  let worst: Priority | null = null;
  for (const { priority } of alarms) if (!worst || RANK[priority] > RANK[worst]) worst = priority;
  return worst;
}
