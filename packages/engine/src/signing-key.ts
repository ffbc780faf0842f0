// A SigningKey is what a writer of a shared cache proves itself with: an Ed25519 key, of which readers have the public half.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { dirname } from 'node:path';
import { makeDir, syncDir, writeAll } from './disk.ts';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync } from './fs.ts';

/** What stands before the 32 bytes of a public key, in base64url. */
const publicPrefix = 'ed25519:';

/** A private key that signs. It is in no property: neither JSON nor a log of what holds it can show it. */
export class SigningKey {
  readonly #key: KeyObject;
  /** The public half as pipelines name it. */
  readonly publicText: string;

  private constructor(key: KeyObject) {
    this.#key = key;
    this.publicText = publicTextOf(createPublicKey(key));
  }

  /** Reads a key; undefined for what is no Ed25519 key in PEM (PKCS8) without a passphrase. */
  static read(pem: string): SigningKey | undefined {
    try {
      const key = createPrivateKey({ key: pem, format: 'pem' });
      return key.asymmetricKeyType === 'ed25519' ? new SigningKey(key) : undefined;
    } catch {
      // What the library says of it may quote it.
      return undefined;
    }
  }

  /** The signature of a text, in base64url. */
  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#key).toString('base64url');
  }
}

function publicTextOf(key: KeyObject): string {
  return `${publicPrefix}${key.export({ format: 'jwk' }).x ?? ''}`;
}

/** Whether the owner of a public key has signed a text. */
export function isSignedBy(publicText: string, text: string, signature: string): boolean {
  try {
    const x = publicText.slice(publicPrefix.length);
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
  } catch {
    // No point of the curve.
    return false;
  }
}

/** A key in a file. */
export interface KeyFile {
  /** The public half; undefined when something else lies there. */
  readonly publicText: string | undefined;
  /** Whether it was made now. */
  readonly made: boolean;
}

/**
 * Makes a key in a file that only its owner can read; one that is there already stays as it is.
 * @throws what the disk throws
 */
export function makeKeyFile(path: string): KeyFile {
  if (existsSync(path))
    return { publicText: SigningKey.read(readFileSync(path, 'utf8'))?.publicText, made: false };
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  makeDir(dirname(path));
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeAll(fd, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  syncDir(dirname(path));
  return { publicText: publicTextOf(publicKey), made: true };
}
