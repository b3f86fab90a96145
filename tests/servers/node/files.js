// The files service over what the `soap` package has for attachments: its reader of packages takes what arrives, its
// writer makes what leaves. The package itself uses both as a client only.
'use strict';

const crypto = require('crypto');
const http = require('http');
const { HttpClient } = require('soap');
const { parseMTOMResp } = require('soap/lib/utils');

const SPACE = 'urn:example:files';
const envelope = (inside) =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${inside}</s:Body></s:Envelope>`;

function store(parts, response) {
  const root = parts[0].body.toString();
  const cids = [...root.matchAll(/href="cid:([^"]+)"/g)].map((found) => `<${decodeURIComponent(found[1])}>`);
  const file = parts.find((part) => part.headers['content-id'] === cids[0]);
  const hash = crypto.createHash('sha256').update(file.body).digest('hex');
  const told = `<Length>${file.body.length}</Length><Sha256>${hash}</Sha256>`;
  response.setHeader('Content-Type', 'text/xml; charset=utf-8');
  response.end(envelope(`<StoreResponse xmlns="${SPACE}">${told}</StoreResponse>`));
}

function fetch(request, response) {
  const name = /Name>([^<]*)</.exec(request)[1];
  const body = Buffer.alloc(Number(name), 'node attaches ');
  const include = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:file@node"/>';
  const told = envelope(`<FetchResponse xmlns="${SPACE}"><Name>${name}</Name><Content>${include}</Content></FetchResponse>`);
  const attachments = [{ mimetype: 'application/pdf', contentId: 'file@node', name: 'from-node.pdf', body }];
  const made = new HttpClient().buildRequest('http://x/', told, { 'Content-Type': 'text/xml' }, { attachments });
  response.setHeader('Content-Type', made.headers['Content-Type']);
  response.end(made.data);
}

const server = http.createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    const body = Buffer.concat(pieces);
    if (request.headers.soapaction.includes('Fetch')) return fetch(body.toString('latin1'), response);
    const boundary = /boundary="([^"]+)"/.exec(request.headers['content-type'])[1];
    return parseMTOMResp(body, boundary, (error, read) => (error ? response.destroy(error) : store(read.parts, response)));
  });
});

server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
