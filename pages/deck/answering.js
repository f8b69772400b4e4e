/** The annotator's way through the items: draws the current one, takes its answer, goes on, back, and undoes. */
import { Clock } from "./clock.js";
import { Dialogs } from "./dialogs.js";
import { el, langTag } from "./dom.js";
import { Drafts } from "./drafts.js";
import { finishedScreen, homeLink } from "./panels.js";
import { Outbox } from "./saving.js";
import { Screen } from "./screen.js";
import { Standing } from "./standing.js";
import { Supply } from "./supply.js";
import { Trail } from "./trail.js";
import { uuid } from "./uuid.js";
import { Wire } from "./wire.js";

/** @typedef {import("./contract").Status} Status */
/** @typedef {import("./contract").Draft} Draft */
/** @typedef {import("./trail.js").Entry} Entry */

const GUIDELINES_OPEN = "hume/deck/guidelines-open";

export class Answering {
  /** The form of the current item. @type {import("./contract").MountedForm | null} */
  form = null;
  /** @type {Record<string, any> | null} */
  #task = null;
  /** The text field that the last change was typed into: a word typed is one step to undo. @type {Element | null} */
  #typedInto = null;
  #recalled = false;
  /** Whether the guidelines stand above the item because it is the annotator's first. */
  #introducing = false;

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
    this.screen = new Screen(say, data, {
      back: () => this.back(),
      forward: () => this.forward(),
      undo: () => this.undo(),
      comment: () => this.#keep(),
      skip: () => this.skip(),
      guidelines: () => this.toggleGuidelines(),
      help: () => this.help(),
    });
    this.dialogs = new Dialogs(this.screen.root, say);
    this.outbox = new Outbox(this.wire, {
      onChange: () => this.#showStanding(),
      onSaved: (parcels, progress) => {
        this.standing.acknowledged(parcels, progress);
        if (!this.trail.current) this.supply.fill(true);
      },
    });
    this.standing = new Standing(data, { say, screen: this.screen, outbox: this.outbox, openItem: (id) => this.go(id) });
    this.supply = new Supply((count) => this.#ask(count), {
      held: () => this.trail.ahead.length,
      unsaved: () => this.outbox.unsaved.filter((parcel) => parcel.isFirst).length,
      take: (work) => this.#take(work),
      onTrouble: () => (this.trail.current ? this.#showStanding() : this.draw()),
    });
  }

  start() {
    this.trail.remember(this.standing.unsaved.map((parcel) => parcel.answer.item));
    this.draw();
    this.supply.fill();
    this.outbox.send();
  }

  destroy() {
    this.#leave();
    this.form?.destroy();
    for (const part of [this.clock, this.drafts, this.outbox, this.supply]) part.destroy();
  }

  back() {
    this.#move(() => this.trail.back());
  }

  forward() {
    this.#move(() => this.trail.forward());
  }

  /** @param {number} id */
  go(id) {
    this.#move(() => this.trail.go(id));
  }

  /** Takes back the last change of this item; where there is none, goes back to the last answer. */
  undo() {
    const entry = this.trail.current;
    if (!entry?.steps.length) return this.back();
    const answer = entry.steps.pop();
    entry.milliseconds = this.clock.read();
    entry.held = { answer, comment: this.screen.textarea.value, milliseconds: entry.milliseconds };
    this.drafts.put(entry.id, entry.held);
    return this.draw();
  }

  /** Asks why the item cannot be judged. */
  skip() {
    if (this.form) this.dialogs.skip((reason) => this.#answer("skipped", null, reason));
  }

  help() {
    const form = this.#task && this.forms[this.#task.task_type];
    this.dialogs.help(form ? form.help(this.#task?.settings ?? {}, this.say) : []);
  }

  toggleGuidelines() {
    this.#introducing = false;
    localStorage.setItem(GUIDELINES_OPEN, this.screen.showGuidelines() ? "yes" : "no");
  }

  /** Puts the current item on the screen, or says why there is none. Within the frame of the key press. */
  draw() {
    this.form?.destroy();
    this.form = null;
    this.#typedInto = null;
    const entry = this.trail.current;
    this.screen.form.replaceChildren();
    if (!entry) this.screen.form.append(this.#nothing());
    else if (!entry.item) this.#fetch(entry);
    else this.#mount(entry, entry.item);
    this.screen.setPlace({ text: this.#lookingAt(entry), canAnswer: this.form !== null, ...this.#ways(entry) });
    this.#showStanding();
  }

  /**
   * @param {Entry} entry
   * @param {import("./contract").Item} item
   */
  #mount(entry, item) {
    const task = this.#task ?? {};
    const given = this.#given(entry);
    const draft = entry.held ?? this.drafts.of(entry.id) ?? (entry.answer ? null : item.draft);
    this.screen.setComment(draft?.comment ?? given?.comment ?? "");
    this.clock.start(entry.milliseconds || draft?.milliseconds || 0);
    const root = el("div", { class: task.task_type });
    this.screen.form.append(root);
    this.form = this.forms[task.task_type].mount(root, {
      content: item.content,
      order: item.order,
      settings: task.settings,
      draft: draft?.answer ?? given?.payload ?? null,
      lang: langTag(task.languages),
      say: this.say,
      onChange: () => this.#changed(),
      onComplete: (payload) => this.#answer("given", payload, ""),
    });
    entry.held = { answer: this.form.draft(), comment: this.screen.textarea.value, milliseconds: entry.milliseconds };
    this.screen.focusItem();
  }

  #changed() {
    const entry = this.trail.current;
    if (!entry?.held) return;
    const field = /** @type {ShadowRoot} */ (this.screen.root.getRootNode()).activeElement;
    const typed = field?.matches("input:not([type=range])") ? field : null;
    if (!typed || typed !== this.#typedInto) entry.steps.push(entry.held.answer);
    this.#typedInto = typed;
    this.#keep();
    this.screen.undo.disabled = false;
  }

  /** Keeps what is unfinished: here, in the browser, and soon at the server. */
  #keep() {
    const entry = this.trail.current;
    if (!entry || !this.form) return;
    entry.held = { answer: this.form.draft(), comment: this.screen.textarea.value, milliseconds: this.clock.read() };
    this.drafts.put(entry.id, entry.held);
  }

  /**
   * @param {Status} status
   * @param {any} payload
   * @param {string} reason
   */
  #answer(status, payload, reason) {
    const entry = this.trail.current;
    if (!entry?.item) return;
    const comment = this.screen.textarea.value.trim();
    const { data, trail } = this;
    const answer = { client_id: uuid(), item: entry.id, status, payload, reason, comment, confidence: null,
      milliseconds: this.clock.read(), order_shown: entry.item.order ?? [] };
    const refused = this.standing.refused.map((parcel) => parcel.answer.client_id);
    const given = this.#given(entry);
    const before = given && !refused.includes(given.client_id ?? "") ? given : null;
    this.drafts.drop(entry.id);
    if (before && same(before, answer)) trail.forward();
    else {
      trail.answered(answer);
      this.outbox.add(data.task, data.subset, answer, !before);
    }
    if (this.#introducing) this.screen.showGuidelines(false);
    this.#introducing = false;
    this.draw();
    this.supply.used();
  }

  /**
   * What the annotator last answered to an item, as far as is known here.
   * @param {Entry} entry
   */
  #given(entry) {
    const parcels = [...this.standing.unsaved, ...this.standing.refused].filter((parcel) => parcel.answer.item === entry.id);
    return entry.answer ?? parcels.at(-1)?.answer ?? entry.item?.answer ?? null;
  }

  /** @param {() => void} step */
  #move(step) {
    this.#leave();
    step();
    this.draw();
    if (!this.trail.current) this.supply.fill(true);
  }

  #leave() {
    const entry = this.trail.current;
    if (entry && this.form) entry.milliseconds = this.clock.read();
  }

  /** @param {Entry} entry */
  async #fetch(entry) {
    this.screen.form.append(el("p", { class: "waiting" }, this.say("loading")));
    try {
      entry.item = await this.wire.item(entry.id);
      if (this.trail.current === entry) this.draw();
    } catch {
      if (this.trail.current === entry) this.screen.form.replaceChildren(el("p", { class: "waiting" }, this.say("loading.item")));
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
    if (!this.#task) {
      this.#task = work.task;
      this.screen.setGuidelines(work.task.guidelines ?? "");
      this.#introduce();
    }
    if (!this.#recalled) this.#recall();
    const waiting = !this.trail.current;
    const fresh = this.trail.arrive(work.items);
    this.supply.exhausted = !fresh;
    if (waiting) this.draw();
    else this.#showStanding();
    return fresh;
  }

  /** Beside the item the guidelines stay open, unless they were closed; above it they are for the first item alone. */
  #introduce() {
    const { progress } = this.standing;
    const beside = this.screen.hasRoomBeside && localStorage.getItem(GUIDELINES_OPEN) !== "no";
    this.#introducing = !beside && progress !== null && progress.answered + progress.skipped === 0;
    this.screen.showGuidelines(beside || this.#introducing);
  }

  async #recall() {
    this.#recalled = true;
    try {
      const { items } = await this.wire.answered(this.data.task, this.data.subset);
      this.trail.remember(items.map((item) => item.id));
      this.screen.setPlace({ text: this.#lookingAt(this.trail.current), canAnswer: this.form !== null, ...this.#ways(this.trail.current) });
    } catch {
      this.#recalled = false; // with the next items it is tried again
    }
  }

  #nothing() {
    const { progress } = this.standing;
    const unsaved = this.outbox.unsaved.length;
    const { trouble, exhausted } = this.supply;
    if (exhausted && (!unsaved || (progress && progress.open <= 0))) {
      return finishedScreen(this.say, { progress, task: this.data.task, home: this.data.home, unsaved,
        canGoBack: this.trail.canGoBack, back: () => this.back() });
    }
    if (trouble?.kind === "refused") return homeLink(this.say, this.data.home);
    return el("p", { class: "waiting" }, this.say(trouble ? "loading.failed" : "loading"));
  }

  /** @param {Entry | null} entry */
  #lookingAt(entry) {
    const given = entry && this.trail.lookingBack ? this.#given(entry) : null;
    if (!given) return "";
    return given.status === "skipped" ? this.say("back.skipped", { reason: this.say(`skip.${given.reason}`) }) : this.say("back.given");
  }

  /** @param {Entry | null} entry */
  #ways(entry) {
    const { canGoBack, lookingBack } = this.trail;
    return { canGoBack, canGoForward: lookingBack, canUndo: canGoBack || Boolean(entry?.steps.length) };
  }

  #showStanding() {
    const { trouble } = this.supply;
    this.standing?.show(trouble && (!this.trail.current || trouble.kind !== "offline") ? trouble : null);
  }
}

/**
 * @param {{status: Status, payload: any, reason: string, comment: string}} a
 * @param {{status: Status, payload: any, reason: string, comment: string}} b
 */
const same = (a, b) =>
  a.status === b.status && a.reason === b.reason && a.comment === b.comment && JSON.stringify(a.payload) === JSON.stringify(b.payload);
