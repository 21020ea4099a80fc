// What a value is that comes from outside. Pure functions.

/**
 * An object with names, which is neither null nor a list.
 *
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
