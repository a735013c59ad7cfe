// Between a view and its model: told after the frame, and not after the end.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Telling } from "../../onecycle_widgets/frontend/telling.js";

const frames = [];
beforeEach(() => {
  globalThis.requestAnimationFrame = (frame) => frames.push(frame);
});
afterEach(() => {
  delete globalThis.requestAnimationFrame;
});

/** A model as Jupyter's: told what is set, and ended by "destroy". */
function model() {
  const [state, listeners, told] = [{}, {}, []];
  return {
    told,
    on: (event, listener) => {
      listeners[event] = listener;
    },
    set: (name, value) => {
      state[name] = value;
    },
    save_changes: () => told.push({ ...state }),
    destroy: () => listeners.destroy(),
  };
}

async function painted() {
  for (const frame of frames.splice(0)) frame();
  await new Promise((resolve) => setTimeout(resolve, 5));
}

test("what is changed in one frame is told once, after it", async () => {
  const [one, shown] = [model(), []];
  const telling = new Telling(one, (who) => shown.push(who));
  telling.set({ max_lr: 0.1 }, "slider");
  telling.set({ max_lr: 0.2 }, "slider");
  assert.deepEqual(shown, ["slider", "slider"]);
  assert.deepEqual(one.told, []);
  await painted();
  assert.deepEqual(one.told, [{ max_lr: 0.2 }]);
});

test("nobody is told once the model has ended", async () => {
  const one = model();
  const telling = new Telling(one, () => {});
  telling.set({ max_lr: 0.1 });
  one.destroy();
  await painted();
  telling.set({ max_lr: 0.2 });
  await painted();
  assert.deepEqual(one.told, []);
});
