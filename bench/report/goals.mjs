const UNITS = {
  "×": (value) => `${value.toFixed(value < 10 ? 2 : 1)} ×`,
  ms: (value) => `${value.toFixed(0)} ms`,
  MB: (value) => `${(value / 1e6).toFixed(0)} MB`,
  bytes: (value) => `${value.toFixed(0)} bytes`,
};

/**
 * A goal held against what was measured. `what` is named in the list of all goals, `row` is the table's row that it is
 * printed beside; `measured` is a number, or the reason why there is none. A limit that is met exactly is met.
 */
export function goal({ what, row = null, limit, stretch = null, unit, of = null, measured }) {
  const print = (value) => `${UNITS[unit](value)}${of === null || unit !== "×" ? "" : ` ${of}`}`;
  const wanted = `goal ≤ ${print(limit)}`;
  if (typeof measured !== "number")
    return { what, row, verdict: "not measured", text: `${wanted}, not measured: ${measured}` };
  const verdict = measured <= limit ? "met" : "missed";
  const further =
    stretch === null ? "" : ` (stretch ${UNITS[unit](stretch)}: ${measured <= stretch ? "met" : "missed"})`;
  return { what, row, verdict, text: `${wanted}, measured ${UNITS[unit](measured)}: ${verdict}${further}` };
}

/** A goal for the wall time of one row, as a multiple of another's. */
export function ratioGoal(results, { what, row, of, limit, stretch }) {
  const [one, other] = [row, of].map((name) => results.find((result) => result.name === name));
  const problem = [one, other].find((result) => result.problem !== null);
  const measured = problem === undefined ? one.seconds / other.seconds : `${problem.name}: ${problem.problem}`;
  return goal({ what, row, limit, stretch, unit: "×", of, measured });
}
