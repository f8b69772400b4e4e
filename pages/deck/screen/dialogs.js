/** Opens what comes in front of the form, one at a time, and gives it its keys. */
import { digit, typing } from "../keys/keys.js";
import { goalPanel, helpPanel, pausePanel, skipPanel } from "./panels.js";

const MODIFIERS = ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"];

export class Dialogs {
  /** @type {HTMLDialogElement | null} */
  #open = null;
  /** @type {(index: number) => void} */
  #pick = () => {};
  #isPause = false;

  /**
   * @param {HTMLElement} root
   * @param {import("../contract").Say} say
   * @param {() => void} onOpen
   */
  constructor(root, say, onOpen) {
    this.root = root;
    this.say = say;
    this.onOpen = onOpen;
  }

  /** @param {(reason: string) => void} choose */
  skip(choose) {
    const { dialog, pick } = skipPanel(this.say, choose);
    this.#show(dialog, (index) => pick(index));
  }

  /**
   * @param {[string, string][]} formKeys
   * @param {boolean} isRtl
   */
  help(formKeys, isRtl) {
    this.#show(helpPanel(this.say, formKeys, isRtl), () => {});
  }

  /**
   * @param {number} goal
   * @param {(goal: number) => void} set
   */
  goal(goal, set) {
    this.#show(goalPanel(this.say, goal, set), () => {});
  }

  /**
   * Any key and any tap ends it, and does nothing else.
   * @param {() => void} onEnd
   */
  pause(onEnd) {
    const dialog = pausePanel(this.say);
    this.#show(dialog, () => {});
    this.#isPause = true;
    dialog.addEventListener("click", () => this.#endPause());
    dialog.addEventListener("close", onEnd);
  }

  /**
   * While a dialog is open, every key is its own. Returns null where none is open, else whether the key was used up.
   * @param {KeyboardEvent} event
   * @returns {boolean | null}
   */
  key(event) {
    if (!this.#open?.open) return null; // its `close` event comes later than the next key may
    if (this.#isPause) return MODIFIERS.includes(event.key) || this.#endPause();
    if (typing(event)) return false;
    const pressed = digit(event);
    if (pressed !== null) this.#pick(pressed - 1);
    else if (event.key === "?" || event.key === "؟") this.#open.close();
    else return false; // Escape, Tab and Enter are the browser's
    return true;
  }

  #endPause() {
    this.#open?.close();
    this.onOpen(); // what lies under it is new to the eye: a second tap is not meant for it
    return true;
  }

  /**
   * @param {HTMLDialogElement} dialog
   * @param {(index: number) => void} pick
   */
  #show(dialog, pick) {
    this.#open?.close();
    this.#open = dialog;
    this.#pick = pick;
    this.#isPause = false;
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (this.#open === dialog) this.#open = null;
    });
    this.root.append(dialog);
    dialog.showModal();
    this.onOpen();
  }
}
