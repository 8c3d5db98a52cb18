#!/usr/bin/env node
// Puts the pages of the rules into the package of the core, where `docsUrl` of a finding points to.
import { cpSync, rmSync } from "node:fs";

const pages = new URL("../docs/rules/", import.meta.url);
const target = new URL("../packages/core/rules/", import.meta.url);
rmSync(target, { recursive: true, force: true });
cpSync(pages, target, { recursive: true });
