/** Which orders a machine can be given now, and why not. */

import type { Role } from "../../protocol";
import type { MachineStatus } from "./machine";
import { isLocked } from "./tone";

// Read on demand: coin in and out, jackpot, cancelled credits, games, credits. Not more than ten: older machines tell
// no more at once.
export const READ_CODES: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 12];

/** Why nothing can be ordered now; empty when it can. */
export function refusalOf(isLinked: boolean, mayDo: boolean, status: MachineStatus | null): string {
  if (!isLinked) return "this page is not connected to lineside";
  if (!mayDo) return "your role may look but not steer";
  return status?.connected ? "" : "the machine is not reached";
}

export interface Question {
  name: "lock" | "unlock" | "reset_handpay";
  title: string;
  text: string;
  action: string;
  role: Role;
}

/** What is asked before an order that players notice. */
export function questionsOf(status: MachineStatus | null): Question[] {
  const lock: Question = {
    name: "lock",
    title: "Lock out play?",
    text: "The game in play ends first. Then nobody can play until play is enabled again; cash-out stays possible.",
    action: "Lock play",
    role: "operator",
  };
  const unlock: Question = {
    name: "unlock",
    title: "Enable play?",
    text: "The machine takes bets again. Whoever locked it may have had a reason; the journal says who it was.",
    action: "Unlock play",
    role: "operator",
  };
  const reset: Question = {
    name: "reset_handpay",
    title: "Reset the handpay?",
    text: "As an attendant's key does, once the player has been paid. The machine says whether it can.",
    action: "Reset handpay",
    role: "operator",
  };
  // Locks by others are not told, so that enabling play is offered also when nothing was locked from here.
  const play = status && isLocked(status) ? [unlock] : [lock, unlock];
  return status?.handpay ? [reset, ...play] : play;
}
