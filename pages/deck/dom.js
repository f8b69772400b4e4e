/** Elements, and the texts of items: always text nodes, so that nothing in an item is ever run or rendered. */

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
 * A text of an item in its own direction and language; a long one scrolls, by keyboard too.
 * @param {import("./contract").Content | string | undefined} content
 * @param {{lang: string, label: string, empty: string}} options
 */
export function passage(content, { lang, label, empty }) {
  const text = typeof content === "string" ? content : (content?.text ?? "");
  const long = text.length > 600;
  const block = el("div", { class: "passage", dir: "auto", lang: lang || null });
  if (long)
    Object.entries({ tabindex: "0", role: "region", "aria-label": label }).forEach(([k, v]) =>
      block.setAttribute(k, v),
    );
  if (text.trim()) block.textContent = text;
  else block.append(el("span", { class: "muted" }, empty));
  return block;
}

/**
 * The BCP 47 tag of a subset's language (`ara-Arab` is `ar`), or "" where it has several or an unknown one.
 * @param {string[]} languages
 */
export function langTag(languages) {
  if (languages.length !== 1) return "";
  try {
    return new Intl.Locale(languages[0]).minimize().toString();
  } catch {
    return "";
  }
}

/**
 * Scrolls no more than is needed to see `element`, at once.
 * @param {Element | null | undefined} element
 */
export const reveal = (element) => element?.scrollIntoView({ block: "nearest", inline: "nearest" });
