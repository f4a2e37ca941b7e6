// Deleting a capture: the picture goes for good, and with it what was worked since the one before.

import { remove } from "../lib/api.js";
import { moment } from "../lib/format.js";
import { h } from "../lib/h.js";
import { confirm, say } from "./dialog.js";

// How long employees may do it, in milliseconds.
const ownersTime = 24 * 3_600_000;

// The button; null where whoever is signed in may not. name: whose it is. removed(): it is gone.
export function deleteButton(capture, { me, name, removed }) {
  const isOwn = me.role === "employee";
  if (isOwn && Date.now() - new Date(capture.ts) > ownersTime) return null;
  let isUnderWay = false;
  return h("button", {
    type: "button", "data-key": "delete", title: "Delete (Del)", onclick: async () => {
      if (isUnderWay) return;
      const words = isOwn
        ? [`The picture of ${moment(capture.ts)} goes for good. What you worked since the one before it, one interval at most, is taken `,
          "off your hours. Managers see that you did it."]
        : [h("bdi", name), `’s picture of ${moment(capture.ts)} goes for good. What was worked since the one before it, one interval at `,
          "most, is taken off their hours, as a correction that can be revoked. They see that you did it."];
      if (!(await confirm("Delete this capture?", words, "Delete"))) return;
      isUnderWay = true;
      try {
        await remove(`/${capture.file}`);
      } catch (error) {
        if (error.status !== 404) return say(error.message);
      } finally {
        isUnderWay = false;
      }
      removed();
      // Over the page, where it was the last one.
      say("Deleted.");
    },
  }, "Delete…");
}
