/** All that the deck knows of Streamlit's page around it. Where that page is another one, nothing happens here. */

/**
 * Keeps out of the way of the page, and the page out of the annotator's way.
 * @param {HTMLElement} root
 * @returns {() => void} ends it
 */
export function settleInto(root) {
  const resizing = new ResizeObserver(() => makeRoom(root));
  resizing.observe(root);
  const watching = new MutationObserver(closeDialogs);
  watching.observe(document.body, { childList: true });
  return () => {
    resizing.disconnect();
    watching.disconnect();
  };
}

/**
 * Tells the style sheets how much of the page's top lies under Streamlit's header: none while that is see-through.
 * @param {HTMLElement} root
 */
function makeRoom(root) {
  const header = /** @type {HTMLElement | null} */ (document.querySelector('[data-testid="stHeader"]'));
  const covers = header && !/^(transparent|rgba\(.*, 0\))$/.test(getComputedStyle(header).backgroundColor);
  root.style.setProperty("--under-header", `${covers ? header.offsetHeight : 0}px`);
}

/**
 * Without a connection Streamlit lays a dialog over the page and keeps the focus in it. The deck says it itself, and
 * goes on meanwhile.
 */
function closeDialogs() {
  for (const dialog of document.querySelectorAll('[data-testid="stDialog"]')) {
    /** @type {HTMLElement} */ (dialog).style.display = "none";
    dialog.querySelector("button")?.click();
  }
}
