/** How things stand: how far the annotator is, what is not yet saved, and what is wrong. Shows it truthfully. */
import { Day } from "./day.js";
import { Pace, timeLeft } from "./pace.js";
import { refusedNotice, troubleNotice } from "../screen/panels.js";

/** @typedef {import("../contract").Progress} Progress */
/** @typedef {import("../saving/outbox.js").Parcel} Parcel */
/** @typedef {{status: string, reason: string, comment: string, payload: any, confidence?: number | null}} Said */

export class Standing {
  /** As the server last said. @type {Progress | null} */
  #server = null;
  #acknowledged = 0;
  #shown = "";

  /**
   * @param {import("../contract").DeckData} data
   * @param {{say: import("../contract").Say, screen: import("../screen/screen.js").Screen,
   *   outbox: import("../saving/outbox.js").Outbox, openItem: (id: number) => void}} parts
   */
  constructor(data, { say, screen, outbox, openItem }) {
    this.data = data;
    this.say = say;
    this.screen = screen;
    this.outbox = outbox;
    this.openItem = openItem;
    this.day = new Day(data.account);
    this.pace = new Pace();
  }

  /**
   * An answer was given here: its time tells of the pace and of the day.
   * @param {import("../contract").Answer} answer
   */
  spent({ milliseconds, status }) {
    this.day.spend(milliseconds);
    if (status === "given") this.pace.add(milliseconds);
  }

  /** Taken before a request: what it answers is older than what was acknowledged meanwhile. */
  get mark() {
    return this.#acknowledged;
  }

  /**
   * @param {Progress} progress
   * @param {number} [mark] of when it was asked for
   */
  hear(progress, mark = this.mark) {
    if (mark === this.#acknowledged) this.#server = progress;
  }

  /**
   * @param {Parcel[]} parcels
   * @param {Progress} progress
   */
  acknowledged(parcels, progress) {
    if (!parcels.some((parcel) => this.#isHere(parcel))) return;
    this.#acknowledged += parcels.length;
    if (progress) this.#server = progress;
  }

  /** The server's count and the answers on their way to it; null until the server has said anything. */
  get progress() {
    if (!this.#server) return null;
    const fresh = this.unsaved.filter((parcel) => parcel.isFirst);
    const skipped = fresh.filter((parcel) => parcel.answer.status === "skipped").length;
    const { answered, skipped: before, open, today, pace_ms } = this.#server;
    return {
      // What is this annotator's: items that enough others have answered are not waited for.
      total: answered + before + open,
      answered: answered + fresh.length - skipped,
      skipped: before + skipped,
      open: Math.max(0, open - fresh.length),
      today: today + fresh.length,
      pace_ms,
    };
  }

  /** Unsaved answers of this subset, oldest first. */
  get unsaved() {
    return this.outbox.unsaved.filter((parcel) => this.#isHere(parcel));
  }

  /** Refused answers of this subset. */
  get refused() {
    return this.outbox.refused.filter((parcel) => this.#isHere(parcel));
  }

  /**
   * What the annotator last answered to an item, as far as is known here.
   * @param {import("./trail.js").Entry} entry
   */
  given(entry) {
    const parcels = [...this.unsaved, ...this.refused].filter((parcel) => parcel.answer.item === entry.id);
    return entry.answer ?? parcels.at(-1)?.answer ?? entry.item?.answer ?? null;
  }

  /**
   * The same, unless the server refused it.
   * @param {import("./trail.js").Entry} entry
   */
  accepted(entry) {
    const given = this.given(entry);
    return this.refused.some((parcel) => parcel.answer.client_id === given?.client_id) ? null : given;
  }

  /** @param {import("../saving/wire.js").WireError | null} supplyTrouble if it keeps the annotator from going on */
  show(supplyTrouble) {
    const { screen, outbox, progress } = this;
    const unsaved = outbox.unsaved.length;
    screen.setStatus(unsaved, outbox.trouble !== null);
    if (progress) screen.progress.show(progress, { left: this.#left(progress), goal: this.day.goal });
    this.#notify({ trouble: (unsaved ? outbox.trouble : null) ?? supplyTrouble, unsaved, kept: outbox.shelf.kept });
  }

  /** @param {Progress} progress */
  #left({ open, pace_ms }) {
    const pace = this.pace.perItem(pace_ms);
    return timeLeft(this.say, pace === null ? null : pace * open);
  }

  /** @param {{trouble: import("../saving/wire.js").WireError | null, unsaved: number, kept: boolean}} state */
  #notify(state) {
    const { refused } = this;
    const ids = refused.map((parcel) => parcel.answer.client_id);
    // A notice that is drawn anew is read out anew.
    const now = JSON.stringify([state.trouble?.kind, state.trouble?.message, state.unsaved > 0, state.kept, ids]);
    if (now === this.#shown) return;
    this.#shown = now;
    const notices = refused.map((parcel) =>
      refusedNotice(this.say, parcel, {
        open: () => this.openItem(parcel.answer.item),
        giveUp: () => this.outbox.giveUp(parcel),
      }),
    );
    const trouble = troubleNotice(this.say, state);
    this.screen.setNotices(trouble ? [trouble, ...notices] : notices);
  }

  /** @param {Parcel} parcel */
  #isHere(parcel) {
    return parcel.task === this.data.task && parcel.subset === this.data.subset;
  }
}

/**
 * Whether the second answer would be no change to the first.
 * @param {Said} first
 * @param {Said} second
 */
export const saysTheSame = (first, second) =>
  first.status === second.status &&
  first.reason === second.reason &&
  first.comment === second.comment &&
  (first.confidence ?? null) === (second.confidence ?? null) &&
  JSON.stringify(first.payload) === JSON.stringify(second.payload);
