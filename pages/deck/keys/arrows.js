/**
 * Which arrow leads on. Where one reads from right to left, the next page lies to the left: so do Arabic books, their
 * readers' programs and the pages of Arabic sites have it, and so do the deck's arrows, on the screen and on the keys.
 */

const LEFT = { sign: "←", key: "ArrowLeft" };
const RIGHT = { sign: "→", key: "ArrowRight" };

/** @param {"ltr" | "rtl" | undefined} dir of the interface */
export const arrows = (dir) => (dir === "rtl" ? { back: RIGHT, onward: LEFT } : { back: LEFT, onward: RIGHT });
