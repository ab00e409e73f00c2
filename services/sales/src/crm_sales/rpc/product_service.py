"""crm.sales.v1.ProductService."""

from crm.sales.v1 import product_pb2
from crm.sales.v1 import product_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.tx import begin
from crm_sales.domain.product import Product
from crm_sales.mappings import products
from crm_sales.usecases.keep_reference import add_product, edit_product


class ProductService:
    """What can be quoted."""

    GetProduct = products.get
    ListProducts = products.list
    DeleteProduct = products.delete

    async def CreateProduct(self, request: pb.CreateProductRequest, call: Call) -> product_pb2.Product:
        product = await products.read(call, request.product)
        async with begin(call) as tx:
            await add_product(tx, product)
        return products.write(product)

    async def UpdateProduct(self, request: pb.UpdateProductRequest, call: Call) -> product_pb2.Product:
        values = await products.changes(call, request.product, request.update_mask.paths)
        async with begin(call) as tx:
            product = await tx.load(Product, request.product.id, etag=request.product.etag)
            await edit_product(tx, product, values)
        return products.write(product)
