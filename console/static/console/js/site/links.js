// Links to the server's own store. Pure functions.

/**
 * An image's package with its links as this page reaches them.
 *
 * @param {ImagePackage} image
 * @returns {ImagePackage}
 */
export function ownLinks(image) {
  return { ...image, jpg_url: ownLink(image.jpg_url), jpg_thumbnail_url: ownLink(image.jpg_thumbnail_url) };
}

/**
 * A link to the server's own store, whichever name that is known by: this page reaches it by its own.
 *
 * @param {string} url
 */
export function ownLink(url) {
  const own = /^https?:\/\/[^/]+(\/api\/(?:file|product)\/.*)$/.exec(url);
  return own ? own[1] : url;
}
