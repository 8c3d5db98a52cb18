import { findAndRemove } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** What a native gem's compiler leaves beside the library. */
export const gemObjects = pathRule({
  id: "gem-objects",
  title: "object files of compiled gems",
  about: "Object files and logs that compiling a native gem leaves beside the library, which is what Ruby loads.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: ["**/gems/*/ext/**/*.o", "**/gems/*/ext/**/mkmf.log", "**/extensions/**/{mkmf.log,gem_make.out}"],
  sentence: "Object files of compiled gems stay in the image",
  own: true,
  remove: {
    command: findAndRemove("\\( -name '*.o' -o -name mkmf.log -o -name gem_make.out \\) -type f -delete"),
    advice: "",
    assumes: [],
  },
});
