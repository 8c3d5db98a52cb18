export const seconds = (value) => (value === null ? "-" : value.toFixed(value < 10 ? 3 : 1));
export const mebibytes = (bytes) => (bytes === null ? "-" : (bytes / 2 ** 20).toFixed(0));
export const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
export const count = (value) => value.toLocaleString("en");

export function printTable(head, rows) {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const lines = [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...cells].map((row) => `| ${row.join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}

/** Rows of measured commands; `goals` are printed beside the rows that they are about. */
export function printMeasured(results, goals = []) {
  const rows = results.map((result) => {
    const { name, problem } = result;
    if (problem !== null) return [name, problem, "", "", "", "", ""];
    const { runs, spread, cpuSeconds, peakBytes } = result;
    const beside = goals.filter(({ row }) => row === name).map(({ text }) => text);
    const figures = [seconds(result.seconds), spread.map(seconds).join(" – "), String(runs), seconds(cpuSeconds)];
    return [name, ...figures, mebibytes(peakBytes), beside.join("; ")];
  });
  return printTable(["", "wall s (median)", "from – to", "runs", "cpu s", "peak MiB", "goal"], rows);
}

/** Throws where a row has neither figures nor a reason. */
export function assertComplete(results, names) {
  for (const name of names) {
    const result = results.find((row) => row.name === name);
    const measured = result !== undefined && (result.problem !== null || result.seconds > 0);
    if (!measured) throw new Error(`${name} is missing from its table`);
  }
}
