// The validator of manifests. Its code is made from schemas/manifest.schema.json by scripts/build.mjs.

/** One violation: where in the document, and what must hold there. */
export interface ManifestError {
  readonly instancePath: string;
  readonly message?: string;
}

/** Whether a value is a manifest; when it is not, `errors` says why until the next call. */
export declare const validateManifest: {
  (value: unknown): boolean;
  errors?: readonly ManifestError[] | null;
};
