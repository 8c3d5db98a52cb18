import { formatAmount, formatChange, formatPair, formatSigned } from "./amounts.ts";
import type { AmountCell, Cell, ChangeCell, InstructionCell } from "./document.ts";

/** A number as people read it; `?` where it is not known. */
function tellAmount({ amount, unit, beside = null, isAbout }: AmountCell): string {
  if (amount === null) return "?";
  const told = beside === null ? formatAmount(amount, unit) : formatPair(amount, beside, unit)[0];
  return isAbout === true ? `about ${told}` : told;
}

/** `+1.20 MB (+3.4 %)`, `-` where nothing changed. */
function tellChange({ from, by, unit, note }: ChangeCell): string {
  if (by === null) return note ?? "?";
  if (by === 0) return "-";
  const told = from === null ? formatSigned(by, unit) : formatChange(from, from + by, unit);
  return note === undefined ? told : `${told} (${note})`;
}

/** An instruction may be a whole script: it is told on one line. */
function tellInstruction({ layer, text, isGuess }: InstructionCell): string {
  const told = text === null ? "(no history)" : text.replace(/\s+/g, " ");
  return [...(layer === null ? [] : [String(layer)]), ...(isGuess === true ? ["?"] : []), told].join(" ");
}

/** What a cell says, as plain text of one line: names in it are as they are, for a format to escape. */
export function cellText(cell: Cell): string {
  switch (cell.kind) {
    case "text":
    case "name":
      return cell.text;
    case "path":
      return cell.path;
    case "instruction":
      return tellInstruction(cell);
    case "amount":
      return tellAmount(cell);
    case "change":
      return tellChange(cell);
  }
}

/** What a cell is to a program: a number as it is, in bytes, counts or as a ratio; null where it is not known. */
export function cellValue(cell: Cell): string | number | null {
  switch (cell.kind) {
    case "amount":
      return cell.amount;
    case "change":
      return cell.by;
    case "instruction":
      return cell.text;
    default:
      return cellText(cell);
  }
}
