// A REST server that is none of ours: express, with requests judged and parsed by express-openapi-validator.
// Each operation answers with what arrived.
const path = require("path");
const express = require("express");
const cookies = require("cookie-parser");
const OpenApiValidator = require("express-openapi-validator");

const app = express();
const document = path.join(__dirname, "api.yaml");
app.get("/api.yaml", (_, response) => response.sendFile(document));
app.use(express.json(), express.urlencoded({ extended: false }), cookies());
app.use(OpenApiValidator.middleware({ apiSpec: document, validateRequests: true, validateResponses: false }));

const echo = (status) => (request, response) => {
  const { params, query, body, cookies } = request;
  response.status(status).json({ params, query, body, cookies, tenant: request.get("x-tenant") || null });
};
app.get("/v2/orders/:id", (request, response) =>
  request.params.id === 404 ? response.status(404).json({ code: "E17" }) : echo(200)(request, response));
app.put("/v2/orders/:id", echo(200));
app.post("/v2/orders", echo(201));
app.post("/v2/search", echo(200));
app.get("/v2/note", (_, response) => response.type("text/plain").send("größe"));
app.use((error, _request, response, _next) =>
  response.status(error.status || 500).json({ errors: error.errors || String(error) }));

const server = app.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
