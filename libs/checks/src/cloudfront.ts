import { AwsV4Signer } from 'aws4fetch';
import { substitute, type Lookup } from '@backstay/document';
import { failedWith, passedWith, type Observation } from './check-result.ts';
import type { Fetch, ReadXml, XmlNode } from './ports.ts';

const usualPlace = 'https://cloudfront.amazonaws.com';
/** CloudFront is one service for all regions, which signs as that of N. Virginia. */
const signedFor = { region: 'us-east-1', service: 'cloudfront' };

export type CloudFrontQuestion = {
  distribution: string;
  /** Where the API is; by default that of AWS. */
  url?: string;
  fetch: Fetch;
  readXml: ReadXml;
  /** Gives `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, with temporary credentials, `AWS_SESSION_TOKEN`. */
  lookup: Lookup;
  timeoutMs: number;
  signal?: AbortSignal;
};

/** Asks `GetDistribution` whether it is deployed and enabled. Rejects with `UnknownNames`, or as `fetch` does. */
export async function distributionReady(question: CloudFrontQuestion): Promise<Observation> {
  const { distribution, fetch, readXml, timeoutMs, signal } = question;
  const place = (question.url ?? usualPlace).replace(/\/+$/, '');
  const url = new URL(`${place}/2020-05-31/distribution/${encodeURIComponent(distribution)}`);
  const signed = await new AwsV4Signer({ url: url.href, ...signedFor, ...credentialsFrom(question.lookup) }).sign();
  const headers = Object.fromEntries(signed.headers);
  const { status, body } = await fetch(url.href, { headers, deadlineMs: timeoutMs, signal });
  const read = readXml(body);
  return judge(distribution, status, read.ok ? read.root : {});
}

function credentialsFrom(lookup: Lookup) {
  return {
    accessKeyId: substitute('${AWS_ACCESS_KEY_ID}', lookup),
    secretAccessKey: substitute('${AWS_SECRET_ACCESS_KEY}', lookup),
    sessionToken: lookup('AWS_SESSION_TOKEN'),
  };
}

function judge(distribution: string, status: number, reply: XmlNode): Observation {
  if (status !== 200) {
    const code = textOf(reply, 'ErrorResponse', 'Error', 'Code');
    return failedWith(
      `CloudFront responded with ${status}`,
      code ? `CloudFront responded with ${status} ${code}` : `CloudFront responded with ${status}`,
    );
  }
  const state = textOf(reply, 'Distribution', 'Status');
  const enabled = textOf(reply, 'Distribution', 'DistributionConfig', 'Enabled');
  if (state === undefined || enabled === undefined || textOf(reply, 'Distribution', 'Id') !== distribution)
    return failedWith('no distribution in the reply', `CloudFront did not respond with distribution ${distribution}`);
  const observed = `distribution ${distribution} is ${state}, ${enabled === 'true' ? 'enabled' : 'disabled'}`;
  return state === 'Deployed' && enabled === 'true' ? passedWith(observed) : failedWith(observed, observed);
}

/** A short word of AWS's own at this path; nothing else of a reply is repeated. */
function textOf(node: XmlNode, ...path: string[]): string | undefined {
  const found = path.reduce<unknown>((each, name) => (each as XmlNode | undefined)?.[name], node);
  return typeof found === 'string' && /^\w{1,60}$/.test(found.trim()) ? found.trim() : undefined;
}
