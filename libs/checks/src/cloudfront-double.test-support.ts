import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { localServer, type LocalServer } from '@backstay/guarded-io/testing';

export type Distribution = { status: string; enabled: boolean };

const namespace = 'http://cloudfront.amazonaws.com/doc/2020-05-31/';

/**
 * A double of the CloudFront API, not CloudFront: it returns `GetDistribution` in the XML of the published API and refuses a request
 * whose signature is not that of the given credentials.
 */
export function cloudFrontDouble(
  distributions: Record<string, Distribution>,
  credentials: { accessKeyId: string; secretAccessKey: string },
): Promise<LocalServer> {
  const reply = (id: string) => (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('content-type', 'text/xml');
    const problem = problemOf(request, credentials);
    if (problem) return refused(response, 403, problem);
    const found = distributions[id];
    return found ? distributionXml(id, found) : refused(response, 404, 'NoSuchDistribution');
  };
  const ids = [...Object.keys(distributions), 'ENOWHERE'];
  return localServer(Object.fromEntries(ids.map((id) => [`GET /2020-05-31/distribution/${id}`, reply(id)])));
}

function refused(response: ServerResponse, status: number, code: string): string {
  response.statusCode = status;
  return `<?xml version="1.0"?>\n<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type><Code>${code}</Code><Message>It is &quot;so&quot;.</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
}

const distributionXml = (id: string, { status, enabled }: Distribution) =>
  `<?xml version="1.0"?>
<Distribution xmlns="${namespace}"><Id>${id}</Id><ARN>arn:aws:cloudfront::123456789012:distribution/${id}</ARN><Status>${status}</Status><LastModifiedTime>2026-01-02T03:04:05.678Z</LastModifiedTime><InProgressInvalidationBatches>0</InProgressInvalidationBatches><DomainName>d111111abcdef8.cloudfront.net</DomainName><DistributionConfig><CallerReference>c</CallerReference><Origins><Quantity>1</Quantity><Items><Origin><Id>o</Id><DomainName>origin.example.org</DomainName><OriginShield><Enabled>false</Enabled></OriginShield></Origin></Items></Origins><Comment/><Enabled>${enabled}</Enabled></DistributionConfig></Distribution>`;

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** Computes the signature anew from what arrived, for requests without query and body. */
function problemOf(
  { method, url, headers }: IncomingMessage,
  credentials: { accessKeyId: string; secretAccessKey: string },
): string | undefined {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/us-east-1\/cloudfront\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;
  const [, key, day, names, signature] = form.exec(headers.authorization ?? '') ?? [];
  if (signature === undefined) return 'IncompleteSignature';
  if (key !== credentials.accessKeyId) return 'InvalidClientTokenId';
  const time = String(headers['x-amz-date']);
  const signed = names!.split(';');
  if (!signed.includes('host') || !time.startsWith(day!)) return 'SignatureDoesNotMatch';
  const canonical = `${method}\n${url}\n\n${signed.map((name) => `${name}:${String(headers[name])}\n`).join('')}\n${names}\n${sha256('')}`;
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${day}/us-east-1/cloudfront/aws4_request\n${sha256(canonical)}`;
  let secret = hmac(`AWS4${credentials.secretAccessKey}`, day!);
  for (const part of ['us-east-1', 'cloudfront', 'aws4_request']) secret = hmac(secret, part);
  return timingSafeEqual(hmac(secret, toSign), Buffer.from(signature, 'hex')) ? undefined : 'SignatureDoesNotMatch';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
