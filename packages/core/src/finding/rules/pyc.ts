import { findAndRemove } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** What Python compiles modules to, beside their sources. */
export const pyc = pathRule({
  id: "pyc",
  title: "byte code of Python modules",
  about:
    "__pycache__ directories: what Python made of modules that are in the image as sources too. Without " +
    "them the first import of each module in each new container takes a little longer.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: ["**/__pycache__/*.pyc"],
  sentence: "Byte code of Python modules stays in the image",
  live: true,
  own: true,
  least: 4096,
  remove: {
    command: findAndRemove("-path '*/__pycache__/*.pyc' -type f -delete"),
    advice: "ENV PYTHONDONTWRITEBYTECODE=1 keeps RUNs from writing any; pip install --no-compile makes none either.",
    assumes: ["Containers may start a little slower."],
    ignore: ["**/__pycache__"],
    broughtBy: ["python", "python3", "pip", "pip3", "poetry", "uv", "pytest", "flask", "django-admin", "manage.py"],
  },
});
