/** The annotator's day, by the browser's clock: when it began, one's own goal for it, the active time in it. */
import { liking } from "../saving/shelf.js";

/** The start of today as an ISO instant with its offset from UTC, such as `2026-03-01T00:00:00+01:00`. */
export function midnight(now = new Date()) {
  const start = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const offset = -start.getTimezoneOffset();
  const two = (/** @type {number} */ value) => String(Math.trunc(Math.abs(value))).padStart(2, "0");
  const date = `${String(start.getFullYear()).padStart(4, "0")}-${two(start.getMonth() + 1)}-${two(start.getDate())}`;
  const time = `${two(start.getHours())}:${two(start.getMinutes())}:00`;
  return `${date}T${time}${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}

/** What is kept of one account's days in this browser. */
export class Day {
  /** @param {string} account */
  constructor(account) {
    this.account = account;
  }

  /** Answers a day that the annotator wants to give here; 0: none set. */
  get goal() {
    const kept = Number(liking.get(`goal/${this.account}`));
    return Number.isInteger(kept) && kept > 0 ? kept : 0;
  }

  set goal(count) {
    liking.set(`goal/${this.account}`, String(count));
  }

  /** Active milliseconds of the answers given in this browser today. */
  get active() {
    const [date, milliseconds] = (liking.get(`active/${this.account}`) ?? "").split(" ");
    return date === midnight() ? Number(milliseconds) || 0 : 0;
  }

  /** @param {number} milliseconds of one more answer */
  spend(milliseconds) {
    liking.set(`active/${this.account}`, `${midnight()} ${this.active + milliseconds}`);
  }
}
