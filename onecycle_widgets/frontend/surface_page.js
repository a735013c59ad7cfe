// The surface's static page.
import { openPage } from "./pagemodel.js";
import { Impossible } from "./rules.js";
import { fromLink, linkOf, policyOn } from "./setting.js";
import { given } from "./state.js";
import { render } from "./surface.js";

openPage(render, fromLink, (model) => {
  try {
    return linkOf(model, policyOn(given(model)));
  } catch (problem) {
    if (problem instanceof Impossible) return null; // which no link can say
    throw problem;
  }
});
