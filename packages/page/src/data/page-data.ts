/** A layer of the image as the page lists it. */
export interface PageLayer {
  readonly instruction: string | null;
  readonly contentBytes: number;
  readonly blobBytes: number | null;
  readonly liveBytes: number;
  readonly inBase: boolean;
}

/** A finding as the page shows it. Texts are safe to print. */
export interface PageFinding {
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly severity: string;
  readonly contentBytes: number;
  readonly isExact: boolean;
  readonly inPlan: boolean;
  readonly advice: string;
  /** A unified diff of the Dockerfile, or lines that go and lines that come; null where no edit is offered. */
  readonly patch: string | null;
  readonly assumptions: readonly string[];
  readonly paths: readonly string[];
  readonly docsUrl: string | null;
}

/** One line of the summary above the map. */
export interface PageFigure {
  readonly label: string;
  readonly value: string;
  readonly meaning: string;
}

/** A row of two images compared. */
export interface PageChange {
  readonly key: string;
  readonly status: string;
  /** Content bytes; null where that side has none, or does not say. */
  readonly base: number | null;
  readonly head: number | null;
  readonly change: number;
}

/** What grew, shrank, came, went and moved between two images. */
export interface PageDiff {
  readonly base: string;
  readonly head: string;
  readonly groups: readonly { readonly title: string; readonly rows: readonly PageChange[] }[];
  readonly moves: readonly { readonly from: string; readonly to: string; readonly bytes: number }[];
}

/** Everything of a page but its map. */
export interface PageData {
  readonly title: string;
  readonly subtitle: string;
  readonly figures: readonly PageFigure[];
  readonly layers: readonly PageLayer[];
  readonly findings: readonly PageFinding[];
  /** Content bytes that the plan saves; null where there is no plan. */
  readonly planSaves: number | null;
  readonly diff: PageDiff | null;
  readonly hasMap: boolean;
}
