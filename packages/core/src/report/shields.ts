import type { CheckResult } from "../check/check-result.ts";
import { escapeText } from "../escape.ts";
import { formatAmount, plural } from "./amounts.ts";
import { formatJson } from "./json.ts";
import { tellCheck } from "./sentences.ts";

/** One image is told by its content bytes, several by how many of them pass. */
function tell(result: CheckResult): { readonly label: string; readonly message: string } {
  const { images, unchecked } = result;
  const [only] = images;
  if (only !== undefined && images.length === 1 && unchecked.length === 0) {
    const failed = only.budgets.filter(({ status }) => status === "failed").length;
    const unmeasured = only.budgets.filter(({ status }) => status === "unmeasured").length;
    const bytes = formatAmount(only.sizes.contentBytes, "bytes");
    return {
      label: `${only.name} content`,
      message: [
        bytes,
        ...(failed > 0 ? [`${plural(failed, "budget")} failed`] : []),
        ...(unmeasured > 0 ? [`${plural(unmeasured, "budget")} not checked`] : []),
      ].join(", "),
    };
  }
  return { label: "imgweigh", message: tellCheck(result) };
}

/** The JSON that a badge of shields.io is made of. https://shields.io/badges/endpoint-badge */
export function formatShields(result: CheckResult): string {
  const { label, message } = tell(result);
  const warned = result.images.some(({ findings }) => findings.length > 0);
  return formatJson({
    schemaVersion: 1,
    label: escapeText(label),
    message: escapeText(message),
    color: !result.passed ? "red" : warned ? "yellow" : "brightgreen",
    ...(result.passed ? {} : { isError: true }),
  });
}
