import { machine } from "./machine.mjs";
import { printTable } from "./table.mjs";

const INTRO = `# Measurements

Written by \`node bench/run.mjs --out bench/RESULTS.md\`; [how to run it](README.md). Whole processes, start-up included,
page cache warm; in one table everything takes turns (A B C A B C …), and the median counts. Peak memory is the kernel's
own figure, of the largest process of a pipeline. The JSON of every timed run is compared with that of an untimed run that
verifies everything.
`;

const SMOKE = "**A smoke: everything is tiny, and the figures mean nothing.**\n";

function goalsText(goals) {
  if (goals.length === 0) return "";
  const count = (verdict) => goals.filter((goal) => goal.verdict === verdict).length;
  const summary = `${count("met")} met, ${count("missed")} missed, ${count("not measured")} not measured.`;
  const rows = goals.map(({ what, verdict, text }) => [what, verdict, text]);
  return `## Goals\n\n${summary}\n\n${printTable(["what", "", ""], rows)}\n`;
}

/** All results as one page of Markdown. */
export function resultsText(measured, { runs, tiny, load }) {
  const goals = measured.flatMap((part) => part.goals);
  const sections = measured.map(({ part, text }) => `## ${part.title}\n\n${text}`);
  const head = `${INTRO}\n${tiny ? `${SMOKE}\n` : ""}## Machine\n\n${machine(load)}\n${runs === 1 ? "One run" : `${runs} runs`} of each where nothing else is said.\n`;
  return `${head}\n${tiny ? "" : goalsText(goals)}${sections.join("\n")}`;
}
