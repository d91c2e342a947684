/** Work put off to the next frame, each task once however often it was asked for. */

/** @type {Set<() => void>} */
const due = new Set();

/**
 * Run `task` before the browser paints next. A hidden page paints nothing, and waits.
 * @param {() => void} task the same function each time
 */
export function beforePaint(task) {
  if (due.size === 0) requestAnimationFrame(run);
  due.add(task);
}

function run() {
  const tasks = [...due];
  due.clear();
  for (const task of tasks) {
    try {
      task();
    } catch (error) {
      reportError(error); // The others must paint all the same.
    }
  }
}
