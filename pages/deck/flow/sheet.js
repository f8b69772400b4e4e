/** The item on the screen: its form, what is unfinished of it, the steps to undo, the time it takes. */
import { el } from "../dom.js";
import { newest } from "../saving/drafts.js";

/** @typedef {import("./trail.js").Entry} Entry */
/** @typedef {Record<string, any>} Task */

export class Sheet {
  /** @type {import("../contract").MountedForm | null} */
  form = null;
  /** @type {Entry | null} */
  #entry = null;
  /** The text field that the last change was typed into: a word typed is one step to undo. @type {Element | null} */
  #typedInto = null;
  /** Whether the item was begun before: what is marked in it may lie far down. */
  isResumed = false;
  /** When the annotator last changed something of this item; 0: never. */
  #at = 0;

  /**
   * @param {{screen: import("../screen/screen.js").Screen, clock: import("./clock.js").Clock, drafts: import("../saving/drafts.js").Drafts,
   *   forms: Record<string, import("../contract").Form>, say: import("../contract").Say, onComplete: (payload: any) => void}} parts
   */
  constructor({ screen, clock, drafts, forms, say, onComplete }) {
    this.screen = screen;
    this.clock = clock;
    this.drafts = drafts;
    this.forms = forms;
    this.say = say;
    this.onComplete = onComplete;
  }

  /** The comment as it stands. */
  get comment() {
    return this.screen.textarea.value.trim();
  }

  /** How sure the annotator says to be, or null. */
  get confidence() {
    return this.screen.confidence.value;
  }

  /**
   * Puts an item on the screen as it was last left, in this page, in this browser or at the server; else as it was
   * answered.
   * @param {Entry} entry
   * @param {Task} task
   * @param {import("../contract").Given | null} given
   * @param {boolean} [isSettled] nothing can be changed for now
   */
  show(entry, task, given, isSettled = false) {
    const item = /** @type {import("../contract").Item} */ (entry.item);
    const draft = newest(entry.held, this.drafts.of(entry.id), entry.answer ? null : item.draft);
    const root = el("div", { class: isSettled ? `${task.task_type} settled` : task.task_type });
    this.screen.form.append(root);
    if (isSettled) this.screen.setRemarks("", null);
    else this.screen.setRemarks(draft?.comment ?? given?.comment ?? "", (draft ?? given)?.confidence ?? null);
    this.#at = draft?.at ?? 0;
    this.isResumed = Boolean(draft?.answer);
    this.clock.start(entry.milliseconds || draft?.milliseconds || 0);
    this.#entry = entry;
    this.form = this.forms[task.task_type].mount(root, {
      content: item.content,
      order: item.order,
      settings: task.settings,
      draft: draft?.answer ?? given?.payload ?? null,
      languages: task.languages ?? [],
      say: this.say,
      announce: (text) => this.screen.announcer.say(text),
      onChange: () => (isSettled ? undefined : this.#changed()),
      onComplete: (payload) => (isSettled ? undefined : this.onComplete(payload)),
    });
    entry.held = this.#draft();
  }

  /** Takes the item off the screen; its time so far is kept. */
  clear() {
    if (this.#entry && this.form) this.#entry.milliseconds = this.clock.read();
    this.form?.destroy();
    this.form = this.#entry = this.#typedInto = null;
    this.isResumed = false;
    this.screen.form.replaceChildren();
  }

  /** Keeps what is unfinished: in this page, in the browser, and soon at the server. */
  keep() {
    if (!this.#entry || !this.form) return;
    this.#at = Date.now();
    this.#put(this.#entry, this.#draft());
  }

  /**
   * Takes back the last change, to be seen when the item is shown anew; false where there is none.
   * @param {Entry | null} entry
   */
  undo(entry) {
    if (!entry?.held || !entry.steps.length) return false;
    this.#at = Date.now();
    this.#put(entry, { ...this.#draft(), answer: entry.steps.pop() });
    return true;
  }

  #changed() {
    const entry = this.#entry;
    if (!entry?.held) return;
    const field = /** @type {ShadowRoot} */ (this.screen.root.getRootNode()).activeElement;
    const typed = field?.matches("input:not([type=range])") ? field : null;
    if (!typed || typed !== this.#typedInto) entry.steps.push(entry.held.answer);
    this.#typedInto = typed;
    this.screen.undo.disabled = false;
    this.keep();
  }

  /**
   * @param {Entry} entry
   * @param {import("../contract").Draft} draft
   */
  #put(entry, draft) {
    entry.held = draft;
    this.drafts.put(entry.id, draft, entry.answer ? null : entry.revision);
  }

  #draft() {
    return {
      answer: this.form?.draft() ?? null,
      comment: this.screen.textarea.value,
      confidence: this.confidence,
      milliseconds: this.clock.read(),
      at: this.#at,
    };
  }
}
