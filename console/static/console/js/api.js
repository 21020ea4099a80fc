// The REST calls of every other client. The session's cookie says who calls: the server counts it when the
// browser says that this very origin asks (Fetch Metadata and Origin), so no CSRF token is needed here.

const TIMEOUT_MS = 20000;

/** What the server refused, or that it could not be reached (status 0). The message is for people. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {number} status
   */
  constructor(message, status) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/**
 * The answer as an object, or as text, or null for an empty one; throws ApiError.
 *
 * @param {string} path
 */
export function get(path) {
  return call("GET", path);
}

/**
 * The same with a body, which is sent as JSON.
 *
 * @param {string} path
 * @param {object} body
 */
export function post(path, body = {}) {
  return call("POST", path, body);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
export async function call(method, path, body) {
  let answer, text;
  try {
    answer = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await answer.text();
  } catch (problem) {
    const late = problem instanceof DOMException && problem.name === "TimeoutError";
    throw new ApiError(late ? "The server did not answer in time." : "The server cannot be reached.", 0);
  }
  const value = parsed(text);
  if (!answer.ok) throw new ApiError(reason(value, answer.status), answer.status);
  return value;
}

/** @param {string} text */
function parsed(text) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * @param {string | { message?: string } | null} value
 * @param {number} status
 */
function reason(value, status) {
  const said = typeof value === "string" ? value : value?.message;
  if (status === 401 && (!said || said === "Unauthorized")) return "Sign in to do this.";
  return said || `The server answered ${status}.`;
}
