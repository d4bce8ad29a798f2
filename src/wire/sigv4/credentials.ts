/**
 * Where the verifier finds the secret of an access key: long-lived keys by name, session keys from their token.
 * Looking up is synchronous and keeps nothing: sessions carry all that is known of them.
 */
import type { SessionTokens } from './session-token.ts';

/** What a session may do less than its principal. */
export interface SessionLimits {
  /** Policies that it was made with, JSON: it may do what they allow, too. */
  readonly sessionPolicies?: readonly string[];
  /** Of a part of Neargate that is no role: these actions it may do, and nothing else. */
  readonly onlyActions?: readonly string[];
}

/** What an access key stands for. */
export interface SigningIdentity extends SessionLimits {
  readonly secretAccessKey: string;
  readonly account: string;
  readonly principalArn: string;
  /** Only of session keys; the verifier refuses them after it. */
  readonly expiresAtMs?: number;
}

export interface CredentialSource {
  /**
   * Finds a key. A session key needs the token that it was made with; undefined when the key is unknown, or the
   * token is not its own. Expired sessions are found, with their `expiresAtMs`.
   */
  lookup(accessKeyId: string, sessionToken: string | undefined): SigningIdentity | undefined;
}

/** A long-lived key of an account. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly account: string;
  /** Default: the account's root. */
  readonly principalArn?: string;
}

/** The member `limits` of a caller; none for an identity without any. */
export function limitsOf({ sessionPolicies, onlyActions }: SessionLimits): {
  readonly limits?: SessionLimits;
} {
  if (sessionPolicies === undefined && onlyActions === undefined) return {};
  return {
    limits: {
      ...(sessionPolicies !== undefined && { sessionPolicies }),
      ...(onlyActions !== undefined && { onlyActions }),
    },
  };
}

/** The ARN of an account's root user. */
export const rootArn = (account: string): string => `arn:aws:iam::${account}:root`;

/** A source of fixed keys and of sessions; those of tasks end with them. */
export function createCredentialSource(
  accessKeys: readonly AccessKey[],
  sessions?: SessionTokens,
  isTaskThere: (taskId: string) => boolean = () => true,
): CredentialSource {
  const byId = new Map<string, SigningIdentity>(
    accessKeys.map(({ accessKeyId, secretAccessKey, account, principalArn }) => [
      accessKeyId,
      { secretAccessKey, account, principalArn: principalArn ?? rootArn(account) },
    ]),
  );
  return {
    lookup(accessKeyId, sessionToken) {
      if (sessionToken !== undefined) {
        const session = sessions?.verify(sessionToken, accessKeyId);
        const { endsWithTask } = session ?? {};
        return endsWithTask === undefined || isTaskThere(endsWithTask) ? session : undefined;
      }
      return byId.get(accessKeyId);
    },
  };
}
