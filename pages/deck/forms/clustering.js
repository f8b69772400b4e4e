/**
 * Which texts belong together. A board: the texts to place, and the groups that the annotator makes and names.
 * Payload: `{"groups": {"t1": "Group 1"}}`, every text.
 */
import { Board } from "../parts/board.js";

/**
 * @param {HTMLElement} root
 * @param {import("../contract").FormContext} context
 * @returns {import("../contract").MountedForm}
 */
export function mount(root, context) {
  const board = new Board(context);
  root.append(...board.layout.elements);
  return {
    key: (event) => board.key(event),
    draft: () => board.held,
    reveal: () => board.reveal(),
    destroy: () => board.destroy(),
  };
}

/**
 * @param {Record<string, any>} settings
 * @param {import("../contract").Say} say
 * @returns {[string, string][]}
 */
export function help(settings, say) {
  /** @type {[string, string][]} */
  const keys = [
    ["1–9", say("clustering.key.group")],
    ["0 N", say("clustering.key.new")],
    ["R", say("clustering.key.rename")],
    ["↑ ↓", say("clustering.key.focus")],
    [say("key.name.space"), say("clustering.key.open")],
    ["/", say("clustering.key.search")],
    ["Del", say("clustering.key.out")],
    ["Enter", say("clustering.key.enter")],
  ];
  return settings.n_groups ? keys.filter(([key]) => key !== "0 N") : keys;
}
