/** What surrounds the form: progress, saving, the way back and forth, comment, guidelines. Decides nothing. */
import { Announcer } from "./announcer.js";
import { arrows } from "../keys/arrows.js";
import { Confidence } from "./confidence.js";
import { el, keycap, tell } from "../dom.js";
import { subsetTitle } from "../text/languages.js";
import { ProgressBar } from "./progressbar.js";

/** @typedef {import("../contract").Say} Say */
/** @typedef {"back" | "forward" | "undo" | "remark" | "skip" | "pause" | "guidelines" | "help" | "goal"} Action */

export class Screen {
  /** Whether there was trouble since all was saved. */
  #troubled = false;

  /**
   * @param {Say} say
   * @param {import("../contract").DeckData} what
   * @param {Record<Action, () => void>} actions
   */
  constructor(say, what, actions) {
    this.say = say;
    this.status = el("p", { class: "status", role: "status" });
    this.subset = el("bdi");
    this.locale = what.locale || "en";
    this.progress = new ProgressBar(say, () => actions.goal());
    this.announcer = new Announcer();
    this.notices = el("div", { class: "notices" });
    this.form = el("div", { class: "form" });
    this.item = el("section", { class: "item", tabindex: "-1", "aria-label": say("item") });
    this.aside = el("aside", { class: "guidelines", hidden: true, "aria-label": say("guidelines"), tabindex: "0" });
    this.textarea = el("textarea", { rows: "2", dir: "auto", maxlength: "5000", oninput: () => actions.remark() });
    this.comment = el("label", { class: "comment" }, el("span", {}, say("comment.label")), this.textarea);
    this.confidence = new Confidence(say, () => {
      this.#showRemarks(true);
      this.announcer.say(this.confidence.inWords || say("sure.none"));
      actions.remark();
    });
    this.remarks = el("div", { class: "remarks", hidden: true }, this.confidence.element, this.comment);
    this.banner = el("p", { class: "banner", role: "status", hidden: true });
    this.looking = el("div", { class: "looking", role: "status", hidden: true });
    this.lesson = el("div", { class: "lesson-place", role: "status" });
    this.item.append(this.banner, this.looking, this.form, this.lesson, this.remarks);
    const { back, onward } = arrows(what.dir);
    this.back = tool(say("previous"), back.sign, back.key, () => actions.back());
    this.forward = tool(say("next"), onward.sign, onward.key, () => actions.forward());
    this.undo = tool(say("undo"), "⌫", "Backspace", () => actions.undo());
    this.write = tool(say("comment"), "C", "C", () => this.writeComment());
    this.sure = tool(say("sure"), "H", "H", () => this.confidence.next());
    this.skip = tool(say("skip"), "S", "S", () => actions.skip());
    this.pause = tool(say("pause"), "P", "P", () => actions.pause());
    this.guidelines = tool(say("guidelines"), "G", "G", () => actions.guidelines());
    this.help = tool(say("keys"), "?", "?", () => actions.help());
    const frame = el(
      "div",
      { class: "frame" },
      el(
        "header",
        { class: "top" },
        el(
          "a",
          { class: "tool home", href: what.home, target: "_self" },
          el("span", { "aria-hidden": "true" }, back.sign),
          say("home"),
        ),
        el("h1", { class: "title" }, el("bdi", {}, what.task), el("span", { class: "subset" }, this.subset)),
        this.status,
        this.pause,
        this.guidelines,
        this.help,
      ),
      this.progress.element,
      this.notices,
      el("div", { class: "desk" }, this.item, this.aside),
      el(
        "footer",
        { class: "foot" },
        el("span", { class: "steps" }, this.back, this.undo, this.forward),
        el("span", { class: "gap" }),
        this.sure,
        this.write,
        this.skip,
      ),
      this.announcer.element,
    );
    const label = say("answering", { task: what.task });
    const reading = { lang: this.locale, dir: what.dir || "ltr" };
    this.root = el("div", { class: "deck", role: "group", "aria-label": label, ...reading }, frame);
    this.root.style.visibility = "hidden"; // until deck.css, which lifts this, has been loaded
    // A button that was clicked does not keep the focus: Enter would press it again.
    this.root.addEventListener("click", (event) => {
      const button = event.composedPath().find((element) => element instanceof HTMLButtonElement);
      if (event.detail > 0 && button instanceof HTMLButtonElement) button.blur();
    });
  }

  /**
   * @param {string} subset
   * @param {string[]} languages none where they are not known (yet)
   */
  setSubset(subset, languages) {
    this.subset.textContent = subsetTitle(subset, languages, this.locale);
  }

  /**
   * @param {number} unsaved
   * @param {boolean} inTrouble
   */
  setStatus(unsaved, inTrouble) {
    const text = unsaved ? this.say("unsaved", { n: unsaved }) : this.say("saved");
    // While all goes well it changes with every key, and back: only trouble and its end are worth reading out.
    this.#troubled ||= inTrouble;
    this.status.setAttribute("aria-live", inTrouble || (this.#troubled && !unsaved) ? "polite" : "off");
    if (!unsaved) this.#troubled = false;
    tell(this.status, text);
    this.status.dataset.state = !unsaved ? "saved" : inTrouble ? "trouble" : "sending";
  }

  /** @param {Node[]} notices */
  setNotices(notices) {
    this.notices.replaceChildren(...notices);
  }

  /**
   * @param {{text: string, canGoBack: boolean, canGoForward: boolean, canUndo: boolean, canAnswer: boolean}} place
   * `text`: what is to be said of an answer that is looked back at, or "".
   */
  setPlace({ text, canGoBack, canGoForward, canUndo, canAnswer }) {
    this.looking.hidden = !text;
    tell(this.looking, text);
    this.back.disabled = !canGoBack;
    this.forward.disabled = !canGoForward;
    this.undo.disabled = !canUndo;
    for (const button of [this.skip, this.write, this.sure, this.pause]) button.disabled = !canAnswer;
  }

  /** @param {string} text what stands above the item, or "" */
  setBanner(text) {
    this.banner.hidden = !text;
    tell(this.banner, text);
  }

  /** @param {HTMLElement | null} panel what is drawn anew is read out anew: only where it says something else */
  setLesson(panel) {
    if ((panel?.textContent ?? "") !== this.lesson.textContent) this.lesson.replaceChildren(...(panel ? [panel] : []));
  }

  /**
   * What is said beside the answer.
   * @param {string} comment
   * @param {number | null} confidence
   */
  setRemarks(comment, confidence) {
    this.textarea.value = comment;
    this.confidence.value = confidence;
    this.#showRemarks(comment !== "" || confidence !== null);
  }

  writeComment() {
    this.#showRemarks(true);
    this.textarea.focus();
  }

  #showRemarks(/** @type {boolean} */ shown) {
    this.remarks.hidden = !shown;
    const name = this.sure.querySelector("span");
    if (name) name.textContent = this.confidence.inWords || this.say("sure");
  }

  /** Screen readers are on the item; what is in sight stays. */
  focusItem() {
    const { activeElement } = /** @type {Document | ShadowRoot} */ (this.root.getRootNode());
    if (activeElement !== this.item) this.item.focus({ preventScroll: true });
  }

  /** The beginning of a new item is in sight. To be called last: it asks the browser where everything is. */
  showBeginning() {
    const covered = parseFloat(getComputedStyle(this.root).scrollMarginBlockStart) || 0;
    if (this.root.getBoundingClientRect().top < covered) this.root.scrollIntoView({ block: "start" });
  }
}

/**
 * @param {string} name
 * @param {string} key as it is shown
 * @param {string} shortcut as it is told
 * @param {() => void} act
 */
const tool = (name, key, shortcut, act) =>
  el(
    "button",
    { type: "button", class: "tool", onclick: act, "aria-keyshortcuts": shortcut },
    el("span", {}, name),
    keycap(key),
  );
