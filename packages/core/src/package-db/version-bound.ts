/** How a dependency bounds a version. dpkg writes the strict ones doubled. */
export type VersionOperator = "<" | "<<" | "<=" | "=" | ">=" | ">" | ">>";

/** Whether two versions whose order is known (negative, 0, positive: first to bound) satisfy an operator. */
export function orderSatisfies(order: number, operator: VersionOperator): boolean {
  switch (operator) {
    case "<":
    case "<<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "=":
      return order === 0;
    case ">=":
      return order >= 0;
    case ">":
    case ">>":
      return order > 0;
  }
}
