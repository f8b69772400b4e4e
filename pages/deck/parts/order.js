/** An order with ties: rows from best to worst, each possibly as good as the one above. Pure: no elements here. */

/** @typedef {{id: string, tied: boolean}} Row */

/**
 * Rows of all ids; those that no tier names come last, as they stood.
 * @param {string[][]} tiers
 * @param {string[]} ids
 * @returns {Row[]}
 */
export function fromTiers(tiers, ids) {
  const rows = tiers.flatMap((tier) =>
    tier.filter((id) => ids.includes(id)).map((id, index) => ({ id, tied: index > 0 })),
  );
  const named = new Set(rows.map(({ id }) => id));
  return [...rows, ...ids.filter((id) => !named.has(id)).map((id) => ({ id, tied: false }))];
}

/**
 * @param {Row[]} rows
 * @returns {string[][]}
 */
export function toTiers(rows) {
  /** @type {string[][]} */
  const tiers = [];
  for (const { id, tied } of rows) {
    const last = tiers.at(-1);
    if (tied && last) last.push(id);
    else tiers.push([id]);
  }
  return tiers;
}

/**
 * A row leaves its tier and stands alone at `to`; between two that are tied it joins them.
 * @param {Row[]} rows
 * @param {string} id
 * @param {number} to index among the other rows
 * @returns {Row[]}
 */
export function move(rows, id, to) {
  const from = rows.findIndex((row) => row.id === id);
  if (from < 0 || from === to) return rows;
  const rest = rows.filter((row) => row.id !== id);
  if (from < rest.length && !rows[from].tied) rest[from] = { ...rest[from], tied: false };
  const joins = to < rest.length && rest[to].tied;
  return [...rest.slice(0, to), { id, tied: joins }, ...rest.slice(to)];
}

/**
 * Ties a row with the one above, or unties it.
 * @param {Row[]} rows
 * @param {string} id
 * @returns {Row[]}
 */
export const toggleTie = (rows, id) =>
  rows.map((row, index) => (row.id === id && index > 0 ? { id, tied: !row.tied } : row));
