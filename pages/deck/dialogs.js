/** Opens what comes in front of the form, one at a time, and gives it its keys. */
import { helpPanel, skipPanel } from "./panels.js";
import { digit } from "./keys.js";

export class Dialogs {
  /** @type {HTMLDialogElement | null} */
  #open = null;
  /** @type {(index: number) => void} */
  #pick = () => {};

  /**
   * @param {HTMLElement} root
   * @param {import("./contract").Say} say
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

  /** @param {[string, string][]} formKeys */
  help(formKeys) {
    this.#show(helpPanel(this.say, formKeys), () => {});
  }

  /**
   * While a dialog is open, every key is its own. Returns null where none is open, else whether the key was used up.
   * @param {KeyboardEvent} event
   * @returns {boolean | null}
   */
  key(event) {
    if (!this.#open?.open) return null; // its `close` event comes later than the next key may
    const pressed = digit(event);
    if (pressed !== null) this.#pick(pressed - 1);
    else if (event.key === "?" || event.key === "؟") this.#open.close();
    else return false; // Escape, Tab and Enter are the browser's
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
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (this.#open === dialog) this.#open = null;
    });
    this.root.append(dialog);
    dialog.showModal();
    this.onOpen();
  }
}
