/** `@imgweigh/core/extend`: rules, package databases and sources of your own. See `docs/library.md`. */

export type { ByteStream } from "../archive/byte-stream.ts";
export type { FileRange } from "../archive/file-range.ts";
export type { BuildChange, EditedFile } from "../build/build.ts";
export type { BuildEdit } from "../build/build-edit.ts";
export type { GivenFile } from "../build/edit-build.ts";
export type { ShellEdit } from "../build/edit-shell.ts";
export { nearestRule } from "../check/entry-forms.ts";
export { nearestWord } from "../check/near-word.ts";
export type { ImageEdit, KnownBase } from "../edit/image-edit.ts";
export { defineRule } from "../finding/define-rule.ts";
export { describeRules, type RuleDescription } from "../finding/describe-rules.ts";
export type { Facts } from "../finding/facts.ts";
export type { Instead, LeaveOut } from "../finding/fix/leave-out.ts";
export { type PathRule, pathRule } from "../finding/path-rule.ts";
export type { Draft, Fix, FixKind, Rule, Severity, StoredFile } from "../finding/rule.ts";
export { RULES } from "../finding/rules.ts";
export { type ImagePath, type PathText, pathFromText, textOfPath } from "../image-path.ts";
export type { CaptureRequest } from "../layer/capture.ts";
export type { JarContents, JarFacts, MavenCoordinates, NestedJar } from "../layer/jar-facts.ts";
export { PACKAGE_DATABASES } from "../package-db/databases.ts";
export type {
  Ecosystem,
  FileView,
  FoundPackage,
  PackageChange,
  PackageDb,
  PackageReading,
  PackageTrouble,
  Removal,
  RemovalOptions,
  RewrittenFile,
  ViewedFile,
} from "../package-db/package-db.ts";
export type { LiveBinary, LiveFiles, LiveScript, Located } from "../runtime/live-files.ts";
export type { MissingFile, NeededFile, Needer, NeedKind, Needs } from "../runtime/needs.ts";
export type { CommandFile, CommandName, RunCommand } from "../runtime/run-commands.ts";
export type { KeptFile, KeptNeeds, RuntimeNeeds } from "../runtime/runtime-needs.ts";
export type { ScriptLine } from "../runtime/script-line.ts";
export type {
  BlobStream,
  ByteRange,
  DeclaredLayer,
  ImageDescription,
  OpenBlob,
  OpenSource,
  PullPolicy,
  RandomAccessImage,
  SourceContext,
  SourceKind,
  StreamedBlob,
} from "../source/source.ts";
