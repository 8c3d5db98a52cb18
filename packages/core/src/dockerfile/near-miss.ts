/** Whether one letter too many, too few, another one or two swapped make `given` of `meant`. */
export function isNearMiss(given: string, meant: string): boolean {
  if (given === meant || Math.abs(given.length - meant.length) > 1) return false;
  let start = 0;
  while (start < given.length && given[start] === meant[start]) start++;
  const given1 = given.slice(start);
  const meant1 = meant.slice(start);
  if (given1.slice(1) === meant1.slice(1) || given1.slice(1) === meant1 || given1 === meant1.slice(1)) return true;
  return given1[0] === meant1[1] && given1[1] === meant1[0] && given1.slice(2) === meant1.slice(2);
}
