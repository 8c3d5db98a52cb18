import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** A container runs on its host's kernel. */
export const kernelFiles = pathRule({
  id: "kernel-files",
  title: "kernels, modules and firmware",
  about: "Kernels, kernel modules and firmware. A container runs on its host's kernel and loads none of them.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: ["boot/**", "{lib,usr/lib}/{modules,firmware}/**"],
  sentence: "Kernel files stay in the image",
  live: true,
  remove: {
    command: removeDirectories("lib/modules", "lib/firmware", "boot"),
    advice: "Better: do not install the packages that bring them (linux-image-*, linux-firmware).",
    assumes: ["The image is not unpacked into a virtual machine."],
  },
});
