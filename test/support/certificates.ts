import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate of a private authority. */
export interface Certificates {
  /** Paths of PEM files. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Their content. */
  readonly cert: string;
  readonly key: string;
}

/** Makes an authority and a server's certificate by it, with the `openssl` program. @param names such as `IP:127.0.0.1,DNS:localhost` */
export function makeCertificates(directory: string, names: string): Certificates {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
  const path = (name: string): string => join(directory, name);
  writeFileSync(path("names"), `subjectAltName=${names}`);
  const fresh = (name: string) => ["-subj", `/CN=${name}`, "-nodes", "-newkey", "rsa:2048"];
  openssl("req", "-x509", ...fresh("test ca"), "-days", "2", "-keyout", "ca-key.pem", "-out", "ca.pem");
  openssl("req", ...fresh("server"), "-keyout", "server-key.pem", "-out", "server.csr");
  const signed = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "2", "-extfile", "names"];
  openssl("x509", "-req", "-in", "server.csr", ...signed, "-out", "server.pem");
  return {
    caFile: path("ca.pem"),
    certFile: path("server.pem"),
    keyFile: path("server-key.pem"),
    cert: readFileSync(path("server.pem"), "utf8"),
    key: readFileSync(path("server-key.pem"), "utf8"),
  };
}
