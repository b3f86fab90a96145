// A Java stack of those days: the reference implementation of JAX-WS (the core of Metro) with Apache WSS4J in a
// handler. Arguments: port 0 is chosen by us; a folder with keys.p12 (alias "server", password "secret").
package legacy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import javax.activation.DataHandler;
import javax.activation.DataSource;
import javax.annotation.Resource;
import javax.jws.WebMethod;
import javax.jws.WebParam;
import javax.jws.WebResult;
import javax.jws.WebService;
import javax.jws.soap.SOAPBinding;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.xml.bind.annotation.XmlMimeType;
import javax.xml.namespace.QName;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.soap.SOAPPart;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import javax.xml.ws.Binding;
import javax.xml.ws.Endpoint;
import javax.xml.ws.WebFault;
import javax.xml.ws.WebServiceContext;
import javax.xml.ws.WebServiceException;
import javax.xml.ws.handler.Handler;
import javax.xml.ws.handler.MessageContext;
import javax.xml.ws.handler.soap.SOAPHandler;
import javax.xml.ws.handler.soap.SOAPMessageContext;
import javax.xml.ws.soap.Addressing;
import javax.xml.ws.soap.MTOM;
import org.apache.ws.security.WSConstants;
import org.apache.ws.security.WSEncryptionPart;
import org.apache.ws.security.WSPasswordCallback;
import org.apache.ws.security.WSSConfig;
import org.apache.ws.security.WSSecurityEngine;
import org.apache.ws.security.WSSecurityEngineResult;
import org.apache.ws.security.components.crypto.Crypto;
import org.apache.ws.security.components.crypto.CryptoFactory;
import org.apache.ws.security.message.WSSecEncrypt;
import org.apache.ws.security.message.WSSecHeader;
import org.apache.ws.security.message.WSSecSignature;
import org.apache.ws.security.message.WSSecTimestamp;
import org.w3c.dom.Document;

public final class Vault {
    static final String SEEN = "legacy.seen";

    /** What every service here does: keeps a file for a moment, gives one of any size, says who asked. */
    @SOAPBinding(parameterStyle = SOAPBinding.ParameterStyle.BARE)
    public static class Base {
        @Resource protected WebServiceContext context;

        @WebMethod
        @WebResult(name = "stored")
        public Stored store(@WebParam(name = "store") Store given) {
            Stored stored = new Stored();
            stored.name = given.name;
            try (InputStream stream = given.content.getInputStream()) {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                byte[] piece = new byte[65536];
                for (int count = stream.read(piece); count >= 0; count = stream.read(piece)) {
                    digest.update(piece, 0, count);
                }
                StringBuilder text = new StringBuilder();
                for (byte one : digest.digest()) {
                    text.append(String.format("%02x", one));
                }
                stored.sha256 = text.toString();
            } catch (IOException | NoSuchAlgorithmException error) {
                throw new WebServiceException(error);
            }
            return stored;
        }

        @WebMethod
        @WebResult(name = "fetched")
        public Fetched fetch(@WebParam(name = "fetch") Fetch wanted) {
            Fetched fetched = new Fetched();
            fetched.name = "counting.bin";
            fetched.content = new DataHandler(new Counting(wanted.bytes));
            return fetched;
        }

        @WebMethod
        @WebResult(name = "seen")
        public Seen whoAmI(@WebParam(name = "whoAmI") Who asked) {
            Object found = context.getMessageContext().get(SEEN);
            Seen seen = new Seen();
            seen.text = asked.text;
            seen.security = found == null ? "" : found.toString();
            return seen;
        }

        @WebMethod
        @WebResult(name = "nothing")
        public Seen refuse(@WebParam(name = "refuse") Who why) throws Refused {
            throw new Refused("refused: " + why.text, why);
        }
    }

    public static class Store {
        public String name;
        @XmlMimeType("application/octet-stream") public DataHandler content;
    }

    public static class Stored {
        public String name;
        public String sha256;
    }

    public static class Fetch {
        public long bytes;
    }

    public static class Fetched {
        public String name;
        @XmlMimeType("application/octet-stream") public DataHandler content;
    }

    public static class Who {
        public String text;
    }

    public static class Seen {
        public String text;
        public String security;
    }

    @WebService(name = "Vault", serviceName = "Vault", targetNamespace = "urn:example:vault")
    @MTOM(threshold = 1024)
    @SOAPBinding(parameterStyle = SOAPBinding.ParameterStyle.BARE)
    public static class Plain extends Base {}

    @WebService(name = "Vault", serviceName = "Vault", targetNamespace = "urn:example:vault")
    @Addressing(required = true)
    @SOAPBinding(parameterStyle = SOAPBinding.ParameterStyle.BARE)
    public static class Addressed extends Base {}

    @WebService(name = "Vault", serviceName = "Vault", targetNamespace = "urn:example:vault")
    @SOAPBinding(parameterStyle = SOAPBinding.ParameterStyle.BARE)
    public static class Secured extends Base {}

    @WebFault(name = "Refused", targetNamespace = "urn:example:vault")
    public static class Refused extends Exception {
        private final Who why;

        public Refused(String message, Who why) {
            super(message);
            this.why = why;
        }

        public Who getFaultInfo() {
            return why;
        }
    }

    /** Byte n is n modulo 251, so that any piece that is lost or doubled shows. */
    static final class Counting implements DataSource {
        private final long bytes;

        Counting(long bytes) {
            this.bytes = bytes;
        }

        public InputStream getInputStream() {
            return new InputStream() {
                private long at = 0;

                public int read() {
                    return at < bytes ? (int) (at++ % 251) : -1;
                }

                public int read(byte[] into, int from, int length) {
                    if (at >= bytes) {
                        return -1;
                    }
                    int count = (int) Math.min(length, bytes - at);
                    for (int i = 0; i < count; i++) {
                        into[from + i] = (byte) (at++ % 251);
                    }
                    return count;
                }
            };
        }

        public OutputStream getOutputStream() throws IOException {
            throw new IOException("read only");
        }

        public String getContentType() {
            return "application/octet-stream";
        }

        public String getName() {
            return "counting.bin";
        }
    }

    /** Checks what came with WSS4J, and protects what goes: each part of `how` is wanted of requests and done to answers. */
    static final class Security implements SOAPHandler<SOAPMessageContext> {
        private final Set<String> how;
        private final Crypto crypto;

        Security(String how, Crypto crypto) {
            this.how = new TreeSet<>(Arrays.asList(how.split("-")));
            this.crypto = crypto;
        }

        public Set<QName> getHeaders() {
            return Collections.singleton(new QName(WSConstants.WSSE_NS, "Security"));
        }

        public boolean handleMessage(SOAPMessageContext context) {
            try {
                SOAPPart part = context.getMessage().getSOAPPart();
                // WSS4J wants a plain tree; the one of SAAJ only looks like one.
                ByteArrayOutputStream text = new ByteArrayOutputStream();
                TransformerFactory.newInstance().newTransformer().transform(part.getContent(), new StreamResult(text));
                DocumentBuilderFactory trees = DocumentBuilderFactory.newInstance();
                trees.setNamespaceAware(true);
                Document document = trees.newDocumentBuilder().parse(new ByteArrayInputStream(text.toByteArray()));
                if (Boolean.TRUE.equals(context.get(MessageContext.MESSAGE_OUTBOUND_PROPERTY))) {
                    protect(document);
                } else {
                    context.put(SEEN, check(document));
                    context.setScope(SEEN, MessageContext.Scope.APPLICATION);
                }
                part.setContent(new DOMSource(document));
                return true;
            } catch (Exception error) {
                throw new WebServiceException(error.toString(), error);
            }
        }

        private String check(Document document) throws Exception {
            WSSecurityEngine engine = new WSSecurityEngine();
            CallbackHandler passwords = callbacks -> {
                for (Callback one : callbacks) {
                    WSPasswordCallback wanted = (WSPasswordCallback) one;
                    boolean key = wanted.getUsage() == WSPasswordCallback.DECRYPT;
                    wanted.setPassword(key ? "secret" : "open sesame");
                }
            };
            List<WSSecurityEngineResult> results = engine.processSecurityHeader(document, null, passwords, crypto, crypto);
            List<String> found = new ArrayList<>();
            for (WSSecurityEngineResult one : results == null ? new ArrayList<WSSecurityEngineResult>() : results) {
                int action = (Integer) one.get(WSSecurityEngineResult.TAG_ACTION);
                found.add(NAMES.getOrDefault(action, "action " + action));
            }
            for (String wanted : how) {
                if (!found.contains(wanted)) {
                    throw new SecurityException("no " + wanted + " among " + found);
                }
            }
            return String.join(",", new TreeSet<>(found));
        }

        private void protect(Document document) throws Exception {
            WSSecHeader header = new WSSecHeader();
            header.insertSecurityHeader(document);
            if (how.contains("timestamp")) {
                new WSSecTimestamp().build(document, header);
            }
            if (how.contains("signature")) {
                WSSecSignature signature = new WSSecSignature();
                signature.setUserInfo("server", "secret");
                signature.setKeyIdentifierType(WSConstants.BST_DIRECT_REFERENCE);
                signature.setSignatureAlgorithm("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
                signature.setDigestAlgo("http://www.w3.org/2001/04/xmlenc#sha256");
                List<WSEncryptionPart> parts = new ArrayList<>();
                parts.add(new WSEncryptionPart("Body", document.getDocumentElement().getNamespaceURI(), ""));
                if (how.contains("timestamp")) {
                    parts.add(new WSEncryptionPart("Timestamp", WSConstants.WSU_NS, ""));
                }
                signature.setParts(parts);
                signature.build(document, crypto, header);
            }
            if (how.contains("encryption")) {
                WSSecEncrypt encrypt = new WSSecEncrypt();
                encrypt.setUserInfo("client");
                encrypt.setKeyIdentifierType(WSConstants.ISSUER_SERIAL);
                encrypt.setSymmetricEncAlgorithm(WSConstants.AES_256);
                encrypt.setKeyEncAlgo(WSConstants.KEYTRANSPORT_RSAOEP);
                encrypt.build(document, crypto, header);
            }
        }

        private static final Map<Integer, String> NAMES = new HashMap<>();

        static {
            NAMES.put(WSConstants.UT, "username");
            NAMES.put(WSConstants.TS, "timestamp");
            NAMES.put(WSConstants.SIGN, "signature");
            NAMES.put(WSConstants.ENCR, "encryption");
            NAMES.put(WSConstants.BST, "token");
        }

        public boolean handleFault(SOAPMessageContext context) {
            return true;
        }

        public void close(MessageContext context) {}
    }

    private static void publish(String address, Object service, Handler<?> handler) {
        Endpoint endpoint = Endpoint.create(service);
        if (handler != null) {
            Binding binding = endpoint.getBinding();
            List<Handler> chain = new ArrayList<>(binding.getHandlerChain());
            chain.add(handler);
            binding.setHandlerChain(chain);
        }
        endpoint.setExecutor(Executors.newFixedThreadPool(8));
        endpoint.publish(address);
    }

    public static void main(String[] args) throws Exception {
        Path folder = Paths.get(args[0]);
        int port;
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(new InetSocketAddress("127.0.0.1", 0));
            port = probe.getLocalPort();
        }
        String root = "http://127.0.0.1:" + port + "/";
        publish(root + "vault", new Plain(), null);
        publish(root + "addressed", new Addressed(), null);
        if (Files.exists(folder.resolve("keys.p12"))) {
            WSSConfig.init();
            Properties keys = new Properties();
            String merlin = "org.apache.ws.security.crypto.merlin.";
            keys.put("org.apache.ws.security.crypto.provider", "org.apache.ws.security.components.crypto.Merlin");
            keys.put(merlin + "keystore.type", "pkcs12");
            keys.put(merlin + "keystore.file", folder.resolve("keys.p12").toString());
            keys.put(merlin + "keystore.password", "secret");
            keys.put(merlin + "keystore.alias", "server");
            Crypto crypto = CryptoFactory.getInstance(keys);
            for (int i = 1; i < args.length; i++) {
                publish(root + args[i], new Secured(), new Security(args[i], crypto));
            }
        }
        System.out.println("listening on " + port);
        System.out.flush();
    }
}
