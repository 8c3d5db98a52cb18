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

/** Everything of a page but its map. */
export interface PageData {
  readonly title: string;
  readonly subtitle: string;
  readonly figures: readonly PageFigure[];
  readonly layers: readonly PageLayer[];
  readonly findings: readonly PageFinding[];
  /** Content bytes that the plan saves; null where there is no plan. */
  readonly planSaves: number | null;
}
