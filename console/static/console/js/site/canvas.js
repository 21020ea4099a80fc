// A picture on a canvas that can be moved and zoomed: by pointer, wheel, two fingers and keys.

const LEAST = 0.05;
const MOST = 32;
const STEP = 1.25;
const MOVE_PX = 60;

/**
 * `told({zoom})` hears of every change; `over(x, y)` of the pixel under the pointer (null: none).
 *
 * @param {HTMLCanvasElement} canvas
 * @param {(state: { zoom: number }) => void} told
 * @param {(x: number | null, y: number | null) => void} over
 */
export function pictureCanvas(canvas, told, over) {
  const pen = penOf(canvas);
  /** @type {Map<number, { x: number, y: number }>} */
  const pointers = new Map();
  /** @type {HTMLCanvasElement | null} */
  let picture = null; // a canvas of the picture's own size
  let zoom = 1;
  let x = 0; // of the picture's left upper corner, in CSS pixels
  let y = 0;
  let fitted = true;
  let pinch = 0;

  /**
   * @param {ImageDataArray} pixels
   * @param {number} width
   * @param {number} height
   */
  function show(pixels, width, height) {
    const same = picture?.width === width && picture?.height === height;
    picture ??= document.createElement("canvas");
    if (!same) Object.assign(picture, { width, height });
    penOf(picture).putImageData(new ImageData(pixels, width, height), 0, 0);
    if (same) draw();
    else fit();
  }

  function clear() {
    picture = null;
    draw();
  }

  function draw() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    if (!picture) return;
    // Seen closely, pixels are squares: what is smoothed was not measured.
    pen.imageSmoothingEnabled = zoom < 2;
    pen.drawImage(picture, x, y, picture.width * zoom, picture.height * zoom);
    told({ zoom });
  }

  function fit() {
    if (!picture) return;
    fitted = true;
    zoom = Math.min(canvas.clientWidth / picture.width, canvas.clientHeight / picture.height, MOST) || 1;
    x = (canvas.clientWidth - picture.width * zoom) / 2;
    y = (canvas.clientHeight - picture.height * zoom) / 2;
    draw();
  }

  /**
   * Zoom to `next`, keeping what is at (cx, cy) where it is.
   *
   * @param {number} next
   * @param {number} cx
   * @param {number} cy
   */
  function zoomTo(next, cx = canvas.clientWidth / 2, cy = canvas.clientHeight / 2) {
    if (!picture) return;
    const bounded = Math.min(MOST, Math.max(LEAST, next));
    x = cx - ((cx - x) * bounded) / zoom;
    y = cy - ((cy - y) * bounded) / zoom;
    zoom = bounded;
    fitted = false;
    keep();
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  function move(dx, dy) {
    x += dx;
    y += dy;
    fitted = false;
    keep();
  }

  /** A part of the picture always stays in sight. */
  function keep() {
    if (!picture) return;
    const margin = 40;
    x = Math.min(canvas.clientWidth - margin, Math.max(margin - picture.width * zoom, x));
    y = Math.min(canvas.clientHeight - margin, Math.max(margin - picture.height * zoom, y));
    draw();
  }

  /** @param {PointerEvent} event */
  function pixelAt(event) {
    const box = canvas.getBoundingClientRect();
    const px = Math.floor((event.clientX - box.left - x) / zoom);
    const py = Math.floor((event.clientY - box.top - y) / zoom);
    const inside = picture && px >= 0 && py >= 0 && px < picture.width && py < picture.height;
    if (inside) over(px, py);
    else over(null, null);
  }

  function spread() {
    const [one, other] = [...pointers.values()];
    return Math.hypot(one.x - other.x, one.y - other.y);
  }

  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const box = canvas.getBoundingClientRect();
      zoomTo(zoom * STEP ** -Math.sign(event.deltaY), event.clientX - box.left, event.clientY - box.top);
    },
    { passive: false },
  );
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 2) pinch = spread();
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    pixelAt(event);
    if (!last) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 1) move(event.clientX - last.x, event.clientY - last.y);
    else if (pointers.size === 2) {
      const now = spread();
      if (pinch) zoomTo((zoom * now) / pinch);
      pinch = now;
    }
  });
  for (const name of /** @type {const} */ (["pointerup", "pointercancel"]))
    canvas.addEventListener(name, (event) => pointers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => over(null, null));
  canvas.addEventListener("dblclick", () => (fitted ? zoomTo(1) : fit()));
  new ResizeObserver(() => (fitted ? fit() : draw())).observe(canvas);

  /** @type {Record<string, () => void>} */
  const keys = {
    "+": () => zoomTo(zoom * STEP),
    "=": () => zoomTo(zoom * STEP),
    "-": () => zoomTo(zoom / STEP),
    0: fit,
    1: () => zoomTo(1),
    ArrowLeft: () => move(MOVE_PX, 0),
    ArrowRight: () => move(-MOVE_PX, 0),
    ArrowUp: () => move(0, MOVE_PX),
    ArrowDown: () => move(0, -MOVE_PX),
  };
  canvas.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });

  return {
    show,
    clear,
    fit,
    closer: () => zoomTo(zoom * STEP),
    farther: () => zoomTo(zoom / STEP),
    one: () => zoomTo(1),
  };
}

/**
 * What draws on a canvas.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function penOf(canvas, settings) {
  const pen = canvas.getContext("2d", settings);
  if (!pen) throw new Error("This browser draws no pictures.");
  return pen;
}
