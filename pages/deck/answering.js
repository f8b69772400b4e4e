/** The annotator's way through the items: the current one is drawn, answered, and followed by the next. */
import { Clock } from "./clock.js";
import { Dialogs } from "./dialogs.js";
import { el } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Guidelines } from "./guidelines.js";
import { emptyScreen } from "./panels.js";
import { Outbox } from "./saving.js";
import { Screen } from "./screen.js";
import { Sheet } from "./sheet.js";
import { Slips } from "./slips.js";
import { Standing, saysTheSame } from "./standing.js";
import { Supply } from "./supply.js";
import { Trail } from "./trail.js";
import { uuid } from "./uuid.js";
import { Wire } from "./wire.js";

/** @typedef {import("./contract").Status} Status */
/** @typedef {import("./trail.js").Entry} Entry */

export class Answering {
  /** @type {Record<string, any> | null} */
  #task = null;
  #recalled = false;

  /**
   * @param {import("./contract").DeckData} data
   * @param {Record<string, import("./contract").Form>} forms
   * @param {import("./contract").Say} say
   */
  constructor(data, forms, say) {
    this.data = data;
    this.forms = forms;
    this.say = say;
    this.trail = new Trail();
    this.clock = new Clock();
    this.wire = new Wire(data.account);
    this.drafts = new Drafts(this.wire);
    const screen = (this.screen = new Screen(say, data, {
      back: () => this.back(),
      forward: () => this.forward(),
      undo: () => this.undo(),
      comment: () => this.sheet.keep(),
      skip: () => this.skip(),
      guidelines: () => this.guidelines.toggle(),
      help: () => this.help(),
    }));
    this.slips = new Slips();
    this.slips.watch(screen.root);
    this.guidelines = new Guidelines(screen, say);
    this.dialogs = new Dialogs(screen.root, say, () => this.slips.renew());
    this.sheet = new Sheet({
      screen,
      clock: this.clock,
      drafts: this.drafts,
      forms,
      say,
      onComplete: (payload) => this.#answer("given", payload, ""),
    });
    const outbox = (this.outbox = new Outbox(this.wire, {
      onChange: () => this.#showStanding(),
      onSaved: (parcels, progress) => {
        this.standing.acknowledged(parcels, progress);
        this.#connected();
        if (!this.trail.current) this.supply.fill(true);
      },
    }));
    this.standing = new Standing(data, { say, screen, outbox, openItem: (id) => this.#move(() => this.trail.go(id)) });
    this.supply = new Supply((count) => this.#ask(count), {
      held: () => this.trail.ahead.length,
      unsaved: () => outbox.unsaved.filter((parcel) => parcel.isFirst).length,
      take: (work) => this.#take(work),
      onTrouble: () => {
        if (!this.#task) screen.setSubset(data.subset, []);
        return this.trail.current ? this.#showStanding() : this.draw();
      },
    });
  }

  start() {
    this.trail.remember(this.standing.unsaved.map((parcel) => parcel.answer.item));
    this.draw();
    this.supply.fill();
    this.outbox.send();
  }

  destroy() {
    this.sheet.clear();
    for (const part of [this.clock, this.drafts, this.outbox, this.supply]) part.destroy();
  }

  back() {
    this.#move(() => this.trail.back());
  }

  forward() {
    this.#move(() => this.trail.forward());
  }

  /** Takes back the last change of this item; where there is none, goes back to the last answer. */
  undo() {
    if (this.sheet.undo(this.trail.current)) this.draw();
    else this.back();
  }

  /** Somebody waits for items: what is to be tried again is tried now. */
  nudge() {
    this.outbox.patience.nudge();
    this.supply.patience.nudge();
  }

  /** Asks why the item cannot be judged. */
  skip() {
    if (this.sheet.form) this.dialogs.skip((reason) => this.#answer("skipped", null, reason));
  }

  help() {
    const form = this.#task && this.forms[this.#task.task_type];
    this.dialogs.help(form ? form.help(this.#task?.settings ?? {}, this.say) : []);
  }

  /** Another tab has answered an item: it is not asked again here. */
  answeredElsewhere(/** @type {StorageEvent} */ event) {
    const parcel = this.outbox.shelf.fromElsewhere(event);
    if (parcel) this.trail.answeredElsewhere(parcel.answer.item);
  }

  /** Puts the current item on the screen, or says why there is none. Within the frame of the key press. */
  draw() {
    const entry = this.trail.current;
    this.sheet.clear();
    this.slips.renew();
    if (entry?.item && this.#task) this.sheet.show(entry, this.#task, this.standing.given(entry));
    else if (entry && !entry.item) this.#fetch(entry);
    else this.screen.form.append(this.#nothing());
    this.#showPlace();
    this.#showStanding();
  }

  /**
   * @param {Status} status
   * @param {any} payload
   * @param {string} reason
   */
  #answer(status, payload, reason) {
    const entry = this.trail.current;
    if (!entry?.item) return;
    const answer = {
      client_id: uuid(),
      item: entry.id,
      status,
      payload,
      reason,
      comment: this.sheet.comment,
      confidence: null,
      milliseconds: this.clock.read(),
      order_shown: entry.item.order ?? [],
    };
    const before = this.standing.accepted(entry);
    this.sheet.clear();
    this.drafts.drop(entry.id);
    if (before && !entry.steps.length && saysTheSame(before, answer)) {
      Object.assign(entry, { held: null, milliseconds: 0 });
      this.trail.forward();
    } else {
      this.trail.answered(answer);
      this.outbox.add(this.data.task, this.data.subset, answer, !before);
    }
    this.guidelines.afterAnswer();
    this.draw();
    this.supply.used();
  }

  /** @param {() => void} step */
  #move(step) {
    this.sheet.clear();
    step();
    this.draw();
    if (!this.trail.current) this.supply.fill(true);
  }

  /** @param {Entry} entry */
  async #fetch(entry) {
    const message = el("p", { class: "waiting" }, this.say("loading"));
    this.screen.form.append(message);
    try {
      entry.item = await this.wire.item(entry.id);
      if (this.trail.current === entry) this.draw();
    } catch {
      message.textContent = this.say("loading.item");
    }
  }

  /** @param {number} count */
  async #ask(count) {
    const mark = this.standing.mark;
    const work = await this.wire.work(this.data.task, this.data.subset, count);
    this.standing.hear(work.progress, mark);
    return work;
  }

  /** @param {import("./supply.js").Work} work */
  #take(work) {
    const waiting = !this.trail.current || !this.#task;
    if (!this.#task) {
      const { progress } = this.standing;
      this.#task = work.task;
      this.screen.setSubset(this.data.subset, work.task.languages ?? []);
      this.guidelines.introduce(work.task.guidelines ?? "", !progress?.answered && !progress?.skipped);
    }
    if (!this.#recalled) this.#recall();
    this.#connected();
    const fresh = this.trail.arrive(work.items);
    this.supply.exhausted = !fresh;
    if (waiting) this.draw();
    else this.#showStanding();
    return fresh;
  }

  /** The server has answered: what waits to be tried again need not wait longer. */
  #connected() {
    for (const { patience } of [this.outbox, this.supply, this.drafts]) patience.now();
  }

  async #recall() {
    this.#recalled = true;
    try {
      const { items } = await this.wire.answered(this.data.task, this.data.subset);
      this.trail.remember(items.map((item) => item.id));
      this.#showPlace();
    } catch {
      this.#recalled = false; // with the next items it is tried again
    }
  }

  #nothing() {
    const { exhausted, trouble } = this.supply;
    return emptyScreen(this.say, {
      ...this.data,
      exhausted,
      trouble,
      progress: this.standing.progress,
      unsaved: this.outbox.unsaved.length,
      back: this.trail.canGoBack ? () => this.back() : null,
    });
  }

  #showPlace() {
    const { current, canGoBack, lookingBack } = this.trail;
    const given = current && lookingBack ? this.standing.given(current) : null;
    const reason = given?.reason ? this.say(`skip.${given.reason}`) : "";
    this.screen.setPlace({
      text: !given ? "" : this.say(given.status === "skipped" ? "back.skipped" : "back.given", { reason }),
      canGoBack,
      canGoForward: lookingBack,
      canUndo: canGoBack || Boolean(current?.steps.length),
      canAnswer: this.sheet.form !== null,
    });
  }

  #showStanding() {
    const { trouble } = this.supply;
    this.standing?.show(trouble && (!this.trail.current || trouble.kind !== "offline") ? trouble : null);
  }
}
