// The explorer's static page.
import { render } from "./explorer.js";
import { openPage } from "./pagemodel.js";
import { check, Impossible } from "./rules.js";
import { fromHash, given, toHash } from "./state.js";

openPage(render, fromHash, (model) => {
  try {
    return toHash(model, check(given(model)));
  } catch (problem) {
    if (problem instanceof Impossible) return null; // which no link can say
    throw problem;
  }
});
