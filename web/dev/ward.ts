/** A breathing ventilator for the mock: the states of protocol 0xA0 and pressures that follow them. */

export const FIELDS = [
  "version",
  "fsm_state",
  "pressure_air_supply",
  "pressure_air_regulated",
  "pressure_o2_supply",
  "pressure_o2_regulated",
  "pressure_buffer",
  "pressure_inhale",
  "pressure_patient",
  "temperature_buffer",
  "pressure_diff_patient",
  "readback_valve_air_in",
  "readback_valve_o2_in",
  "readback_valve_inhale",
  "readback_valve_exhale",
  "readback_valve_purge",
  "readback_mode",
].map((name) => ({ name, unit: /^(pressure|temperature)/.test(name) ? "ADC counts" : "" }));

export const NAMES = [
  ...["IDLE", "BUFF_PREFILL", "BUFF_FILL", "BUFF_LOADED", "BUFF_PRE_INHALE", "INHALE", "PAUSE", "EXHALE_FILL"],
  ...["EXHALE", "BUFF_PURGE", "BUFF_FLUSH"],
];

/** State, its length in seconds, the state after it. */
const CYCLE: Record<number, [seconds: number, next: number]> = {
  1: [0.4, 2],
  2: [0.7, 3],
  3: [0.25, 4],
  4: [0.15, 5],
  5: [1.1, 6],
  6: [0.35, 7],
  7: [0.8, 8],
  8: [0.9, 3],
};

export class Ward {
  state = 5;
  isStopping = false;
  #left = 0.6;
  #inhale = 120;
  #patient = 110;
  #buffer = 280;
  #breath = 1;

  start(): void {
    this.isStopping = false;
    if (this.state === 0) this.#enter(1);
  }

  stop(): void {
    this.isStopping = true;
  }

  step(seconds: number): number[] {
    this.#left -= seconds;
    if (this.state !== 0 && this.#left <= 0) {
      const next = CYCLE[this.state]![1];
      this.#enter(this.state === 8 && this.isStopping ? 0 : next);
    }
    const is = (...states: number[]): boolean => states.includes(this.state);
    const inhaleGoal = is(5) ? 262 * this.#breath : is(6) ? 246 * this.#breath : 96;
    this.#inhale += (inhaleGoal - this.#inhale) * seconds * (is(5) ? 5.2 : is(6) ? 8 : 4.4);
    this.#patient += (this.#inhale * 0.93 - this.#patient) * seconds * 9;
    const bufferGoal = is(1, 2, 7) ? 318 : is(5) ? 205 : is(0) ? 140 : 300;
    this.#buffer += (bufferGoal - this.#buffer) * seconds * (is(5) ? 2.2 : 2.8);
    const noise = (size: number): number => (Math.random() - 0.5) * size;
    const lamp = (on: boolean): number => (on ? 1 : 0);
    return [
      160,
      this.state,
      ...[812, 604, 798, 601].map((value) => Math.round(value + noise(5))),
      Math.round(this.#buffer + noise(3)),
      Math.round(this.#inhale + noise(3)),
      Math.round(this.#patient + noise(3)),
      Math.round(451 + noise(2)),
      Math.round(this.#inhale - this.#patient + 20 + noise(2)),
      ...[is(1, 2, 7), is(2), is(5), is(7, 8), is(9)].map(lamp),
      0,
    ];
  }

  #enter(state: number): void {
    this.state = state;
    this.#left = CYCLE[state]?.[0] ?? 0;
    if (state === 5) this.#breath = 0.94 + Math.random() * 0.12;
  }
}
