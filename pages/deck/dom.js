/** Elements. Texts come in as text nodes, so that nothing in an item is ever run or rendered. */

/**
 * An element with attributes (`on...` are listeners, null and false are left out) and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * A key as it stands on a button; screen readers get it by aria-keyshortcuts instead.
 * @param {string} key
 */
export const keycap = (key) => el("kbd", { "aria-hidden": "true" }, key.toUpperCase());

/**
 * Says a text where it is not said already: a status that is drawn anew is read out anew.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function tell(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Scrolls no more than is needed to see `element`, at once.
 * @param {Element | null | undefined} element
 */
export const reveal = (element) => element?.scrollIntoView({ block: "nearest", inline: "nearest" });

/**
 * Puts `children` into `parent` in their order. Those that stay are not taken out: they keep focus and scrolling.
 * @param {Element} parent
 * @param {Element[]} children
 */
export function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

/**
 * Does what moves elements; the one that had the focus has it afterwards, wherever it is now, and a button that is
 * disabled now gives it to what it belongs to.
 * @param {Element} area
 * @param {() => void} act
 */
export function keepingFocus(area, act) {
  const root = /** @type {Document | ShadowRoot} */ (area.getRootNode());
  const before = root.activeElement;
  const isWithin = before instanceof HTMLElement && area.contains(before);
  act();
  if (!isWithin) return;
  const heir = before.matches(":disabled") ? before.closest("[tabindex]") : before;
  if (heir instanceof HTMLElement && root.activeElement !== heir) heir.focus({ preventScroll: true });
}
