/** How far one is in the subset, how long the rest takes, and the day against one's own goal. */
import { el } from "../dom.js";

/** A bar, and what lengthens in it. */
function bar(/** @type {string} */ name) {
  const fill = el("div", { class: "fill" });
  const whole = el("div", { class: name, role: "progressbar", "aria-valuemin": "0" }, fill);
  return {
    whole,
    /** @param {number} done @param {number} total @param {string} label */
    show(done, total, label) {
      fill.style.inlineSize = `${total ? Math.min(100, (100 * done) / total) : 0}%`;
      whole.setAttribute("aria-valuemax", String(total));
      whole.setAttribute("aria-valuenow", String(Math.min(done, total)));
      whole.setAttribute("aria-label", label);
    },
  };
}

export class ProgressBar {
  #task = bar("bar");
  #day = bar("bar day");

  /**
   * @param {import("../contract").Say} say
   * @param {() => void} onGoal the annotator wants to set a goal
   */
  constructor(say, onGoal) {
    this.say = say;
    this.known = el("span");
    const title = { title: say("goal.title") };
    this.today = el("button", { type: "button", class: "today", hidden: true, onclick: onGoal, ...title });
    this.counts = el("span", { class: "counts" }, this.known, this.today);
    const bars = el("div", { class: "bars" }, this.#task.whole, this.#day.whole);
    this.element = el("div", { class: "progress" }, bars, this.counts);
    this.#day.whole.hidden = true;
  }

  /**
   * @param {import("../contract").Progress} progress
   * @param {{left: string, goal: number}} own `left`: the time left, in words or ""; `goal`: for the day, 0 for none
   */
  show({ total, answered, skipped, today }, { left, goal }) {
    const { say } = this;
    const done = answered + skipped;
    this.#task.show(done, total, say("progress.long", { done, total, answered, skipped }));
    const parts = [say("progress", { done, total })];
    if (skipped) parts.push(say("progress.skipped", { n: skipped }));
    if (left) parts.push(left);
    this.today.hidden = !today && !goal;
    this.known.textContent = parts.join(" · ") + (this.today.hidden ? "" : " · ");
    const day = goal ? say("progress.goal", { done: today, goal }) : say("progress.today", { n: today });
    this.today.textContent = this.today.hidden ? "" : day;
    this.#day.whole.hidden = !goal;
    if (goal) this.#day.show(today, goal, day);
  }
}
