// Echoes what shop.h declares and tells what it read in words of its own.
#include "shop.nsmap"
#include "soapH.h"
#include "listen.h"
#include <sstream>

int d__echoOrder(struct soap *, d__Order *order, d__echoOrderResponse &result)
{
    result.order = order;
    return SOAP_OK;
}

static void tell(std::ostream &out, d__Payment *payment)
{
    if (d__CardPayment *card = dynamic_cast<d__CardPayment *>(payment))
        out << "card " << quoted(card->number) << " until " << quoted(card->expires);
    else if (d__TransferPayment *transfer = dynamic_cast<d__TransferPayment *>(payment))
        out << "transfer " << quoted(transfer->iban);
    else
        out << (payment ? "payment" : "unpaid");
    if (payment)
        out << " " << quoted(payment->reference);
}

int d__describeOrder(struct soap *soap, d__Order *order, d__describeOrderResponse &result)
{
    std::ostringstream out;
    out << (order->status == shipped ? "shipped " : "pending ") << (order->revision ? *order->revision : -1) << " "
        << order->number << " " << quoted(order->placed) << " " << quoted(order->remark) << " ";
    for (const d__Line &line : order->line)
        out << line.no << "*" << quoted(line.sku) << "*" << quoted(line.quantity) << " ";
    for (const char *tag : order->tag)
        out << quoted(tag) << " ";
    if (order->__union_place == SOAP_UNION_d__Place_pickupStore)
        out << "from " << quoted(order->place.pickupStore) << " ";
    if (order->__union_place == SOAP_UNION_d__Place_deliverTo)
        out << "to " << quoted(order->place.deliverTo->street) << quoted(order->place.deliverTo->city) << " ";
    tell(out, order->payment);
    result.text = kept(soap, out.str());
    return SOAP_OK;
}

int d__getOrder(struct soap *soap, LONG64 number, d__getOrderResponse &result)
{
    if (number == 404) {
        _d__notFound *missing = soap_new__d__notFound(soap);
        missing->number = number;
        missing->searched = {kept(soap, "live"), kept(soap, "archive")};
        int status = soap_sender_fault(soap, "There is no such order.", NULL);
        soap_faultdetail(soap);
        struct SOAP_ENV__Detail *holder = soap->version == 2 ? soap->fault->SOAP_ENV__Detail : soap->fault->detail;
        holder->d__notFound = missing;
        return status;
    }
    d__Order *order = soap_new_d__Order(soap);
    d__CardPayment *card = soap_new_d__CardPayment(soap);
    card->number = kept(soap, "4242");
    order->status = pending;
    order->number = number;
    order->placed = kept(soap, "2024-02-29T23:59:59.5+01:00");
    order->payment = card;
    result.order = order;
    return SOAP_OK;
}

int d__whoAmI(struct soap *soap, d__whoAmIResponse &result)
{
    _d__who *who = soap->header ? soap->header->d__who : NULL;
    if (!who)
        return soap_sender_fault(soap, "No header.", NULL);
    result.text = kept(soap, quoted(who->user) + " " + (who->level ? std::to_string(*who->level) : "-"));
    return SOAP_OK;
}

int main() { return listen_for_ever(); }
